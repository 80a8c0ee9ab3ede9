import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import { type Pod, startDemoCluster } from '../../../src/demo/entry.ts';
import { apiFixture } from '../../support/apiFixture.ts';
import { demoClusterFor } from '../../support/demoForward.ts';
import { columns, fieldOf } from '../../support/fields.ts';
import { request, watch } from './demoClient.ts';

interface List<T> {
  readonly kind: string;
  readonly metadata: {
    readonly resourceVersion: string;
    readonly continue?: string;
    readonly remainingItemCount?: number;
  };
  readonly items: readonly T[];
}

interface Table {
  readonly kind: string;
  readonly columnDefinitions: readonly { readonly name: string }[] | null;
  readonly rows: readonly {
    readonly cells: readonly unknown[];
    readonly object: { readonly kind: string };
  }[];
}

const PODS = '/api/v1/namespaces/demo/pods';
const TABLE = 'application/json;as=Table;v=v1;g=meta.k8s.io,application/json';

const cluster = await demoClusterFor({ after }, { largePods: 1_234, bookmarkIntervalMs: 5 });

describe('the REST API of the demo cluster', () => {
  test('a list has the fields of the recorded one', async () => {
    const recorded = apiFixture<List<Pod>>('pods-demo.json');
    const list = (await request(cluster, PODS)).json<List<Pod>>();
    assert.equal(list.kind, recorded.kind);
    const web = list.items.find(({ metadata }) => metadata.name.startsWith('web-'));
    const recordedWeb = recorded.items.find(({ metadata }) => metadata.name.startsWith('web-'));
    assert.deepEqual(web && Object.keys(web), recordedWeb && Object.keys(recordedWeb));
    assert.deepEqual(
      columns(web?.status.conditions, 'type', 'status'),
      columns(recordedWeb?.status.conditions, 'type', 'status'),
    );
    assert.deepEqual(web?.metadata.ownerReferences?.map(Object.keys), [
      ['apiVersion', 'kind', 'name', 'uid', 'controller', 'blockOwnerDeletion'],
    ]);
    const status = web?.status.containerStatuses?.[0];
    const recordedStatus = recordedWeb?.status.containerStatuses?.[0];
    const missing = Object.keys(recordedStatus ?? {}).filter((key) => !(key in (status ?? {})));
    assert.deepEqual(missing, ['volumeMounts']);
  });

  test('pages contain each object once, in order, and the number of remaining objects', async () => {
    const names: string[] = [];
    const left: (number | undefined)[] = [];
    let token = '';
    do {
      const query = `?limit=500&continue=${token}`;
      const page = (await request(cluster, `/api/v1/namespaces/large/pods${query}`)).json<List<Pod>>();
      names.push(...page.items.map(({ metadata }) => metadata.name));
      left.push(page.metadata.remainingItemCount);
      token = page.metadata.continue ?? '';
    } while (token !== '');
    assert.deepEqual(left, [734, 234, undefined]);
    assert.equal(new Set(names).size, 1_234);
    assert.ok(names.every((name, index) => index === 0 || name > (names[index - 1] ?? '')));
  });

  test('labels and fields select objects', async () => {
    const names = async (query: string): Promise<string[]> => {
      const answer = await request(cluster, `${PODS}?${query}`);
      return answer.json<List<Pod>>().items.map(({ metadata }) => metadata.name);
    };
    assert.deepEqual(await names('labelSelector=app%3Decho'), ['echo']);
    assert.deepEqual(await names('labelSelector=app+in+(echo,greeter),!pod-template-hash'), [
      'echo',
      'greeter',
    ]);
    assert.deepEqual(await names('fieldSelector=status.phase%3DPending'), ['pending']);
    assert.deepEqual(await names('fieldSelector=metadata.name%3Dweb'), ['web']);
    const refused = await request(cluster, `${PODS}?fieldSelector=spec.color%3Dred`);
    assert.equal(refused.status, 400);
    assert.equal(refused.json<{ message: string }>().message, 'field label not supported: spec.color');
  });

  test('the Table form has the recorded columns', async () => {
    const recorded = apiFixture<Table>('pods-demo-table.json');
    const table = (await request(cluster, PODS, { headers: { accept: TABLE } })).json<Table>();
    assert.equal(table.kind, 'Table');
    assert.deepEqual(fieldOf(table.columnDefinitions, 'name'), fieldOf(recorded.columnDefinitions, 'name'));
    const row = table.rows.find(({ cells }) => cells[0] === 'crashing');
    assert.deepEqual(row?.cells.slice(1, 3), ['0/1', 'CrashLoopBackOff']);
    assert.equal(row?.object.kind, 'PartialObjectMetadata');
  });

  test('a watch begins with the existing objects, then sends changes and bookmarks', async () => {
    await using events = await watch(
      cluster,
      `${PODS}?watch=true&allowWatchBookmarks=true&labelSelector=app%3Dgreeter`,
    );
    const first = await events.next();
    assert.deepEqual([first.type, first.object.metadata.name], ['ADDED', 'greeter']);
    cluster.pods.setReady('demo', 'greeter', false);
    const second = await events.until(({ type }) => type !== 'BOOKMARK');
    assert.equal(second.type, 'MODIFIED');
    cluster.pods.setReady('demo', 'greeter', true);
    const bookmark = await events.until(({ type }) => type === 'BOOKMARK');
    assert.deepEqual(Object.keys(bookmark.object), ['kind', 'apiVersion', 'metadata']);
  });

  test('a watch from a version sends the changes after it; a watch of a Table names the columns once', async () => {
    const { metadata } = (await request(cluster, PODS)).json<List<Pod>>();
    cluster.pods.setReady('demo', 'echo', false);
    cluster.pods.setReady('demo', 'echo', true);
    const query = `?watch=1&resourceVersion=${metadata.resourceVersion}&fieldSelector=metadata.name%3Decho`;
    await using events = await watch(cluster, `${PODS}${query}`, { headers: { accept: TABLE } });
    const tables = [(await events.next()).object, (await events.next()).object] as Table[];
    assert.deepEqual(
      tables.map(({ columnDefinitions, rows }) => [columnDefinitions?.length, rows[0]?.cells[1]]),
      [
        [9, '0/1'],
        [undefined, '1/1'],
      ],
    );
  });

  test('a watch ends after timeoutSeconds', async () => {
    await using events = await watch(cluster, `${PODS}?watch=true&timeoutSeconds=1&labelSelector=app%3Dnone`);
    await events.ended();
  });

  test('a watch list ends its first part with the marked bookmark', async () => {
    const query =
      '?watch=true&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&labelSelector=app%3Decho';
    await using events = await watch(cluster, `${PODS}${query}&allowWatchBookmarks=true`);
    assert.equal((await events.next()).type, 'ADDED');
    const { type, object } = await events.next();
    assert.equal(type, 'BOOKMARK');
    assert.deepEqual(object.metadata.annotations, { 'k8s.io/initial-events-end': 'true' });
  });

  test('an expired version answers with HTTP 200, then the recorded ERROR event', async () => {
    const recorded = apiFixture<{ type: string; object: Record<string, unknown> }>('gone-watch.json');
    const { metadata } = (await request(cluster, PODS)).json<List<Pod>>();
    const page = (await request(cluster, `${PODS}?limit=1`)).json<List<Pod>>();
    cluster.faults.expireResourceVersions();
    await using events = await watch(
      cluster,
      `${PODS}?watch=true&resourceVersion=${metadata.resourceVersion}`,
    );
    const { type, object } = await events.next();
    const message = `too old resource version: ${metadata.resourceVersion} (${cluster.store.resourceVersion})`;
    assert.deepEqual({ type, object }, { ...recorded, object: { ...recorded.object, message } });
    await events.ended();
    const next = await request(cluster, `${PODS}?limit=1&continue=${page.metadata.continue}`);
    assert.deepEqual([next.status, next.json<{ reason: string }>().reason], [410, 'Expired']);
  });

  test('missing objects and forbidden requests are answered in the recorded words', async () => {
    const missing = await request(cluster, `${PODS}/nope`);
    assert.deepEqual([missing.status, missing.json()], [404, apiFixture('notfound-pod.json')]);
    const anonymous = await request(cluster, '/api/v1/namespaces', { headers: { authorization: '' } });
    assert.equal(anonymous.status, 401);
    const viewer = await request(cluster, '/api/v1/pods', { user: 'demo-viewer' });
    assert.equal(viewer.status, 403);
    const recorded = apiFixture<{ message: string }>('forbidden-pods.json');
    assert.deepEqual(viewer.json(), {
      ...recorded,
      message: recorded.message.replace('"viewer"', '"demo-viewer"'),
    });
    const developer = await request(cluster, '/api/v1/namespaces', { user: 'demo-developer' });
    const forbidden = apiFixture<{ message: string }>('forbidden-namespaces.json');
    assert.deepEqual(developer.json(), {
      ...forbidden,
      message: forbidden.message.replace('"dev"', '"demo-developer"'),
    });
  });

  test('access reviews answer as recorded for each user', async () => {
    const allowed: Record<string, boolean[]> = {};
    for (const user of ['demo-developer', 'demo-getonly', 'demo-createonly', 'demo-viewer'] as const) {
      for (const verb of ['get', 'create']) {
        const resourceAttributes = { namespace: 'demo', verb, resource: 'pods', subresource: 'portforward' };
        const answer = await request(cluster, '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews', {
          method: 'POST',
          user,
          body: { spec: { resourceAttributes } },
        });
        assert.equal(answer.status, 201);
        const { status } = answer.json<{ status: { allowed: boolean; reason?: string } }>();
        allowed[user] = [...(allowed[user] ?? []), status.allowed];
        if (user !== 'demo-getonly') continue;
        const recorded = apiFixture<{ status: object }>(`ssar-getonly-${verb}.json`);
        const text = JSON.stringify(recorded.status).replace('\\"getonly\\"', '\\"demo-getonly\\"');
        assert.deepEqual(status, JSON.parse(text));
      }
    }
    assert.deepEqual(allowed, {
      'demo-developer': [true, true],
      'demo-getonly': [true, false],
      'demo-createonly': [false, true],
      'demo-viewer': [false, false],
    });
  });

  test("an admin may impersonate a user, and then has only that user's rights", async () => {
    const as = { headers: { 'impersonate-user': 'demo-viewer' } };
    assert.equal((await request(cluster, PODS, as)).status, 200);
    assert.equal((await request(cluster, '/api/v1/namespaces/staging/pods', as)).status, 403);
    const denied = await request(cluster, PODS, { ...as, user: 'demo-developer' });
    assert.equal(denied.status, 403);
    assert.match(denied.text, /cannot impersonate resource \\"users\\"/);
  });

  test('the audit log has the user and action of each request, and no credential', async () => {
    await request(cluster, `${PODS}/web`, { user: 'demo-viewer', headers: { 'user-agent': 'somebody/1.0' } });
    const entry = cluster.activity.audit.at(-1);
    assert.deepEqual(
      [entry?.user, entry?.userAgent, entry?.verb, entry?.resource, entry?.name, entry?.status],
      ['demo-viewer', 'somebody/1.0', 'get', 'pods', 'web', 200],
    );
    const log = JSON.stringify(cluster.activity.audit);
    assert.ok(!log.includes(cluster.token('demo-viewer')));
    assert.ok(!log.includes(cluster.token('demo-admin')));
  });
});

test('a list and the start of a watch contain all of 10,000 pods', async (t) => {
  const cluster = await demoClusterFor(t, { largePods: 10_000 });
  const path = '/api/v1/namespaces/large/pods';
  await using events = await watch(cluster, `${path}?watch=true`);
  for (let i = 0; i < 10_000; i++) assert.equal((await events.next()).type, 'ADDED');
  const list = (await request(cluster, path)).json<List<Pod>>();
  assert.equal(list.items.length, 10_000);
  assert.equal(new Set(list.items.map(({ status }) => status.podIP)).size, 10_000);
  await assert.rejects(startDemoCluster({ largePods: 10_001 }), RangeError);
});
