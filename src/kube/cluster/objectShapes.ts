import {
  array,
  boolean,
  type Fields,
  integer,
  integerOrText,
  map,
  object,
  required,
  text,
} from '../../json/shape.ts';
import { MAX_PORT } from '../../kinds/ports.ts';
import { MAX_OBJECT_NAME } from '../../kinds/target.ts';
import { STATUS_FIELDS } from '../../rest/statusError.ts';

// The fields of API objects that this program reads, under the names that Kubernetes gives them. All other fields of an
// answer are skipped. A field counts as missing if its value does not have the type that is given here. To use another
// field of an object in the program, add it here first.

/**
 * The largest number of replicas, pods or restarts to accept: Kubernetes stores these numbers as Go's int32. A larger
 * number counts as missing.
 */
const MAX_COUNT = 2 ** 31 - 1;

/** A longer name, in bytes, counts as missing. */
const name = text(MAX_OBJECT_NAME);
const port = integer(1, MAX_PORT);
const count = integer(0, MAX_COUNT);

const METADATA_FIELDS = {
  name,
  namespace: text(MAX_OBJECT_NAME),
  uid: text(MAX_OBJECT_NAME),
  resourceVersion: text(MAX_OBJECT_NAME),
  creationTimestamp: text(),
  deletionTimestamp: text(),
  labels: map(text()),
  ownerReferences: array(
    object({
      apiVersion: required(text()),
      kind: required(text()),
      name: required(name),
      uid: text(MAX_OBJECT_NAME),
      controller: boolean(),
    }),
  ),
};
const METADATA = object({ ...METADATA_FIELDS, name: required(name) });

const CONDITIONS = array(
  object({ type: required(text()), status: text(), reason: text(), lastTransitionTime: text() }),
);

const CONTAINERS = array(
  object({
    name: required(name),
    restartPolicy: text(),
    ports: array(object({ name, containerPort: required(port), protocol: text() })),
  }),
);
const POD_SPEC = object({
  containers: CONTAINERS,
  initContainers: CONTAINERS,
  nodeName: text(),
  hostname: text(MAX_OBJECT_NAME),
});

const CONTAINER_STATUSES = array(
  object({
    name: required(name),
    ready: boolean(),
    started: boolean(),
    restartCount: count,
    state: object({
      waiting: object({ reason: text() }),
      running: object({}),
      terminated: object({ exitCode: integer(), signal: integer(), reason: text() }),
    }),
  }),
);

const LABEL_SELECTOR = object({
  matchLabels: map(text()),
  matchExpressions: array(
    object({ key: required(text()), operator: required(text()), values: array(text()) }),
  ),
});

const WORKLOAD_SPEC = { replicas: count, template: object({ spec: POD_SPEC }) };
const WORKLOAD_STATUS = {
  readyReplicas: count,
  numberReady: count,
  desiredNumberScheduled: count,
  conditions: CONDITIONS,
};
const WORKLOAD = {
  spec: object({ ...WORKLOAD_SPEC, selector: LABEL_SELECTOR }),
  status: object(WORKLOAD_STATUS),
};
const JOB = {
  spec: object({ ...WORKLOAD_SPEC, selector: LABEL_SELECTOR, suspend: boolean() }),
  status: object({ ...WORKLOAD_STATUS, ready: count, active: count }),
};
const REPLICATION_CONTROLLER = {
  spec: object({ ...WORKLOAD_SPEC, selector: map(text()) }),
  status: object(WORKLOAD_STATUS),
};
/**
 * A Rollout. The `spec` of a Rollout with a `workloadRef` has neither selector nor template. The selector of its pods
 * is then in `status.selector`, as text.
 */
const ROLLOUT = {
  spec: object({ ...WORKLOAD_SPEC, selector: LABEL_SELECTOR }),
  status: object({ ...WORKLOAD_STATUS, selector: text() }),
};

const POD = {
  spec: POD_SPEC,
  status: object({
    phase: text(),
    reason: text(),
    podIP: text(),
    conditions: CONDITIONS,
    containerStatuses: CONTAINER_STATUSES,
    initContainerStatuses: CONTAINER_STATUSES,
  }),
};

const SERVICE = {
  spec: object({
    type: text(),
    clusterIP: text(),
    externalName: text(),
    publishNotReadyAddresses: boolean(),
    sessionAffinity: text(),
    selector: map(text()),
    ports: array(
      object({
        name,
        port: required(port),
        protocol: text(),
        appProtocol: text(),
        targetPort: integerOrText(0, MAX_PORT),
      }),
    ),
  }),
};

/** Returns the shape of an API object, which must have a name, and the shape of a watch event about such an object. */
const shapesOf = <F extends Fields>(fields: F) => ({
  object: object({ metadata: required(METADATA), ...fields }),
  // The object of an event needs no name, because the object of a bookmark has none. The object of an `ERROR` event is
  // a `Status`, so the fields of a `Status` are read too.
  event: object({
    type: required(text()),
    object: required(object({ metadata: object(METADATA_FIELDS), ...STATUS_FIELDS, ...fields })),
  }),
});

/**
 * For each resource, the shape of its objects and the shape of its watch events. The keys are the plurals of the kinds.
 */
export const OBJECT_SHAPES = {
  namespaces: shapesOf({ status: object({ phase: text() }) }),
  pods: shapesOf(POD),
  services: shapesOf(SERVICE),
  endpointslices: shapesOf({ endpoints: array(object({})) }),
  deployments: shapesOf(WORKLOAD),
  replicasets: shapesOf(WORKLOAD),
  statefulsets: shapesOf(WORKLOAD),
  daemonsets: shapesOf(WORKLOAD),
  jobs: shapesOf(JOB),
  replicationcontrollers: shapesOf(REPLICATION_CONTROLLER),
  rollouts: shapesOf(ROLLOUT),
};
