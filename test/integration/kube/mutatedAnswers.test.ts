import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { systemClock } from '../../../src/base/async.ts';
import { isCoded } from '../../../src/base/errors.ts';
import { Emitter } from '../../../src/base/event.ts';
import { jsonReporter } from '../../../src/cli/reporter.ts';
import type { ClusterConnection } from '../../../src/host/kubeAccess.ts';
import { RowSources } from '../../../src/host/rowSources.ts';
import { toNamespaceRow, toPodRow, toServiceRow, toWorkloadRow } from '../../../src/host/rows.ts';
import { ViewPublisher } from '../../../src/host/viewPublisher.ts';
import { parseTarget } from '../../../src/kinds/target.ts';
import { type Cluster, connectCluster } from '../../../src/kube/cluster/cluster.ts';
import { listPages } from '../../../src/kube/cluster/pagedList.ts';
import type { ResourceTypes } from '../../../src/kube/cluster/resources.ts';
import { resolveTarget } from '../../../src/kube/target/resolveTarget.ts';
import type { Row, ViewSnapshot } from '../../../src/rpc/clustersContract.ts';
import { type Answers, startAnsweringServer } from '../../support/answeringServer.ts';
import { apiFixture, apiFixtureText } from '../../support/apiFixture.ts';
import { mutateJson } from '../../support/jsonMutation.ts';
import { never } from '../../support/never.ts';
import { restConfigFor } from '../../support/restConfig.ts';
import { SpdyRandom, testSeed } from '../../support/spdyRandom.ts';
import { assertWellFormedRow } from '../../support/wellFormed.ts';
import { forwardHere } from '../cli/forwardHere.ts';

const COUNTS = { lists: 750, watches: 650, views: 180, targets: 350, commands: 100 };

const RECORDED = {
  namespaces: { list: 'namespaces.json', toRow: toNamespaceRow },
  pods: { list: 'pods-demo.json', toRow: toPodRow },
  services: { list: 'services-demo.json', toRow: toServiceRow },
  deployments: {
    list: 'deployments-demo.json',
    toRow: (object: ResourceTypes['deployments']) => toWorkloadRow('deployment', object),
  },
};
type Recorded = keyof typeof RECORDED;
const RESOURCES = Object.keys(RECORDED) as Recorded[];
const WATCH_LINES = apiFixtureText('watch-pod-replaced.jsonl').trim().split('\n');

/** The objects in the recorded lists, by resource. */
const OBJECTS = Object.fromEntries(
  (['pods', 'services', 'deployments'] as const).map((resource) => [
    resource,
    apiFixture<{ items: { metadata: { name: string } }[] }>(RECORDED[resource].list).items,
  ]),
) as Record<string, { metadata: { name: string } }[]>;

interface Trial extends AsyncDisposable {
  readonly answers: Answers;
  readonly url: URL;
  readonly cluster: Cluster;
  readonly random: SpdyRandom;
}

/** Starts a server, and connects to it as to a cluster. The test sets its answers to mutated texts. */
async function startTrial(t: TestContext, offset: number): Promise<Trial> {
  const seed = testSeed() + offset;
  t.diagnostic(`seed ${testSeed()}`);
  const answers: Answers = { list: '{"items":[]}', watch: '', object: '{}' };
  const server = await startAnsweringServer(answers);
  const cluster = connectCluster(restConfigFor(server.url));
  return {
    answers,
    url: server.url,
    cluster,
    random: new SpdyRandom(seed),
    async [Symbol.asyncDispose]() {
      cluster.dispose();
      await server[Symbol.asyncDispose]();
    },
  };
}

/** Expects that an error has a code, and that the code is not INTERNAL, which would mean a bug. */
function assertRefusal(error: unknown): void {
  assert.ok(isCoded(error), error instanceof Error ? error.stack : String(error));
  assert.notEqual(error.code, 'INTERNAL', error.stack);
}

test('mutated lists give well-formed rows or a refusal', async (t) => {
  await using trial = await startTrial(t, 1);
  const { answers, cluster, random } = trial;
  let read = 0;
  for (let i = 0; i < COUNTS.lists; i++) {
    const resource = random.pick(RESOURCES);
    const { list, toRow } = RECORDED[resource];
    answers.list = mutateJson(random, apiFixtureText(list));
    try {
      const { items } = await listPages(cluster, resource, {}, never, (object) => object);
      for (const item of items) assertWellFormedRow((toRow as (object: unknown) => Row)(item));
      read += 1;
    } catch (error) {
      assertRefusal(error);
    }
  }
  assert.ok(read > COUNTS.lists / 2, `${read} were read`);
});

test('mutated watches give well-formed rows or a refusal', async (t) => {
  await using trial = await startTrial(t, 2);
  const { answers, cluster, random } = trial;
  let read = 0;
  for (let i = 0; i < COUNTS.watches; i++) {
    answers.watch = mutatedWatch(random);
    try {
      for await (const event of cluster.watch('pods', { resourceVersion: '1' }, never)) {
        if (event.type === 'BOOKMARK' || event.type === 'UNUSABLE') continue;
        assertWellFormedRow(toPodRow(event.object));
        read += 1;
      }
    } catch (error) {
      assertRefusal(error);
    }
  }
  assert.ok(read > COUNTS.watches, `${read} events were read`);
});

test('mutated lists and watches leave views with rows, or with the reason why there are none', async (t) => {
  await using trial = await startTrial(t, 3);
  const { answers, cluster, random } = trial;
  const connection = { cluster } as ClusterConnection;
  const didReplace = new Emitter<never>();
  const sources = new RowSources(
    {
      connect: () => Promise.resolve(connection),
      signIn: () => Promise.resolve(connection),
      onDidReplace: didReplace.event,
    },
    systemClock,
  );
  let told = (_snapshot: ViewSnapshot) => {};
  const views = new ViewPublisher({ sources, clock: systemClock, onChange: (snapshot) => told(snapshot) });
  for (let i = 0; i < COUNTS.views; i++) {
    answers.list = mutateJson(random, apiFixtureText(RECORDED.pods.list));
    answers.watch = mutatedWatch(random);
    const context = { kubeconfig: '', context: `c${i}` };
    const snapshot = await new Promise<ViewSnapshot>((resolve) => {
      told = (change) => {
        if (change.isLoaded || change.error !== undefined) resolve(change);
      };
      views.open(1, { type: 'pods', context, namespace: 'demo', filter: 'e', limit: 100 });
    });
    for (const row of snapshot.rows) assertWellFormedRow(row);
    assert.notEqual(snapshot.error?.code, 'INTERNAL');
  }
  views.dispose();
  sources.dispose();
});

test('mutated objects and pods lead to a pod or a refusal', async (t) => {
  await using trial = await startTrial(t, 4);
  const { answers, cluster, random } = trial;
  let found = 0;
  for (let i = 0; i < COUNTS.targets; i++) {
    const target = mutateTarget(random, answers);
    try {
      const resolved = await resolveTarget(
        cluster,
        parseTarget(target),
        'demo',
        [{ local: 'same', remote: random.pick([80, 'http', 'web']) }],
        { podRunningTimeoutMs: 10, signal: never },
      );
      assert.match(resolved.pod.name, /./);
      for (const { remote } of resolved.ports) assert.ok(remote >= 1 && remote <= 65_535);
      found += 1;
    } catch (error) {
      assertRefusal(error);
    }
  }
  assert.ok(found > 20, `${found} were found`);
});

test('the command reports in one line why mutated objects and pods give no forward', async (t) => {
  await using trial = await startTrial(t, 5);
  const { answers, random, url } = trial;
  const silent = { write: () => true } as unknown as NodeJS.WritableStream;
  for (let i = 0; i < COUNTS.commands; i++) {
    const target = mutateTarget(random, answers);
    const options = ['--address=127.0.0.1', '--pod-running-timeout=10ms', '--reconnect=false', '-n=demo'];
    const forward = forwardHere([target, '0:80', `--server=${url.href}`, ...options], {
      environment: {},
      homeFolder: '/nowhere',
      reporter: jsonReporter({ out: silent as never, err: silent as never }),
      stop: never,
    });
    // The forward must fail even if its target is found, because the server supports none of the transports.
    await assert.rejects(forward, (error) => {
      assertRefusal(error);
      assert.ok(error instanceof Error && !error.message.includes('\n') && error.message.length < 3000);
      return true;
    });
  }
});

function mutatedWatch(random: SpdyRandom): string {
  const lines = Array.from({ length: 4 }, () => random.pick(WATCH_LINES));
  return lines.map((line) => (random.below(2) === 0 ? line : mutateJson(random, line))).join('\n');
}

/** Mutates the answers for an object, for its pods, or for both. Returns the object as a target: `deployments/web`. */
function mutateTarget(random: SpdyRandom, answers: Answers): string {
  const resource = random.pick(Object.keys(OBJECTS));
  const object = random.pick(OBJECTS[resource] ?? []);
  const which = random.below(3);
  const object_ = JSON.stringify(object);
  const pods = apiFixtureText(RECORDED.pods.list);
  answers.object = which === 1 ? object_ : mutateJson(random, object_);
  answers.list = which === 0 ? pods : mutateJson(random, pods);
  answers.watch = mutatedWatch(random);
  return `${resource}/${object.metadata.name}`;
}
