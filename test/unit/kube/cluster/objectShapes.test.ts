import assert from 'node:assert/strict';
import { test } from 'node:test';
import type {
  V1DaemonSet,
  V1Deployment,
  V1EndpointSlice,
  V1Job,
  V1Namespace,
  V1Pod,
  V1ReplicaSet,
  V1Service,
  V1StatefulSet,
} from '@kubernetes/client-node';
import { toNamespaceRow, toPodRow, toServiceRow, toWorkloadRow } from '../../../../src/host/rows.ts';
import { parseJson } from '../../../../src/json/readJson.ts';
import type { Shape } from '../../../../src/json/shape.ts';
import { OBJECT_SHAPES } from '../../../../src/kube/cluster/objectShapes.ts';
import type { ResourceTypes } from '../../../../src/kube/cluster/resources.ts';
import { apiFixture } from '../../../support/apiFixture.ts';

/** The names of fields in `Read`, at any depth, that the type of client-node lacks. `never` if it has all of them. */
type Strays<Read, Api> = Read extends readonly (infer ReadItem)[]
  ? Api extends readonly (infer ApiItem)[]
    ? Strays<ReadItem, ApiItem>
    : 'no array'
  : Read extends object
    ? {
        [K in keyof Read]-?: K extends keyof Api ? Strays<NonNullable<Read[K]>, NonNullable<Api[K]>> : K;
      }[keyof Read]
    : never;

/**
 * The compiler checks that we read only fields that the Kubernetes API has, because a misspelt one would never be set.
 */
const NO_STRAYS: {
  readonly namespaces: [Strays<ResourceTypes['namespaces'], V1Namespace>];
  readonly pods: [Strays<ResourceTypes['pods'], V1Pod>];
  readonly services: [Strays<ResourceTypes['services'], V1Service>];
  readonly endpointSlices: [Strays<ResourceTypes['endpointslices'], V1EndpointSlice>];
  /** The type that is used for all workloads. Each of its fields must exist in at least one of these kinds. */
  readonly workloads: [
    Strays<ResourceTypes['deployments'], V1Deployment> &
      Strays<ResourceTypes['replicasets'], V1ReplicaSet> &
      Strays<ResourceTypes['statefulsets'], V1StatefulSet> &
      Strays<ResourceTypes['daemonsets'], V1DaemonSet> &
      Strays<ResourceTypes['jobs'], V1Job>,
  ];
} extends Record<string, [never]>
  ? true
  : false = true;

interface RecordedList {
  readonly items: readonly object[];
}

/** Returns the items of a recorded list as the program reads them. */
function read<R extends keyof ResourceTypes>(resource: R, file: string): ResourceTypes[R][] {
  return apiFixture<RecordedList>(file).items.map((item) => {
    const shape = OBJECT_SHAPES[resource].object as Shape<ResourceTypes[R]>;
    const object = parseJson(JSON.stringify(item), shape);
    assert.ok(object, file);
    return object;
  });
}

const recorded = (file: string) => apiFixture<RecordedList>(file).items as readonly never[];

test('the fields read from recorded objects are those that their rows show', () => {
  assert.ok(NO_STRAYS);
  assert.deepEqual(
    read('namespaces', 'namespaces.json').map(toNamespaceRow),
    recorded('namespaces.json').map(toNamespaceRow),
  );
  for (const file of ['pods-demo.json', 'pods-page1.json']) {
    assert.deepEqual(read('pods', file).map(toPodRow), recorded(file).map(toPodRow));
  }
  assert.deepEqual(
    read('services', 'services-demo.json').map(toServiceRow),
    recorded('services-demo.json').map(toServiceRow),
  );
  const toRow = (object: ResourceTypes['deployments']) => toWorkloadRow('deployment', object);
  assert.deepEqual(
    read('deployments', 'deployments-demo.json').map(toRow),
    recorded('deployments-demo.json').map(toRow),
  );
});

test('an object without a valid name is not accepted', () => {
  for (const metadata of [
    {},
    { name: 5 },
    { name: {} },
    { name: 'n'.repeat(300) },
    { name: null },
    'web',
    [],
  ]) {
    assert.equal(parseJson(JSON.stringify({ metadata }), OBJECT_SHAPES.pods.object), undefined);
  }
});
