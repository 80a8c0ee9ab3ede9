import assert from 'node:assert/strict';
import { once } from 'node:events';
import { after, suite, test } from 'node:test';
import { APP_PORT } from '../../support/demoApp.ts';
import { demoClusterFor, type TestEnd } from '../../support/demoForward.ts';
import {
  podManifest,
  replicationControllerManifest,
  serviceManifest,
  workloadManifest,
} from '../../support/demoManifests.ts';
import { DemoSession } from '../../support/demoSession.ts';
import { eventually } from '../../support/eventually.ts';
import { KUBECTL_SKIP, Kubectl, type KubectlForward, OutputLines } from '../../support/kubectl.ts';
import { connectTo, echoed, echoes } from '../../support/tcpClient.ts';

/** The manifests to apply for an app. The keys are the names that {@link CHANGES} uses. */
const MANIFESTS: Readonly<Record<string, (app: string) => readonly object[]>> = {
  'a bare pod': (app) => [podManifest(app), serviceManifest(app)],
  'the pod alone': (app) => [podManifest(app)],
  'two pods': (app) => [podManifest(app), podManifest(`${app}-green`), serviceManifest(app)],
  'a pod of an operator': (app) => [podManifest(app, 'Cluster'), serviceManifest(app)],
  'a Deployment': (app) => [workloadManifest('Deployment', app), serviceManifest(app)],
  'a ReplicationController': (app) => [replicationControllerManifest(app), serviceManifest(app)],
  'a StatefulSet': (app) => [workloadManifest('StatefulSet', app)],
  'a DaemonSet': (app) => [workloadManifest('DaemonSet', app)],
  'another target port': (app) => [serviceManifest(app, app, 'echo')],
};

/**
 * Changes that kubectl makes while ports are forwarded. Each line has the form `MANIFESTS as TARGETS: CHANGE, then
 * RECREATION`. `pod` means the app's pod by its name, and `<` precedes the manifests that a command reads.
 *
 * The first target is also forwarded by kubectl, and by a forward that does not reconnect. These two must end, except
 * in lines with `(the pod stays)`.
 *
 * kubectl 1.32 waits forever for the end of a StatefulSet's pod if the new pod, which has the same name, exists before
 * kubectl watches the old one. That is why one line has `--wait=false`.
 */
const CHANGES = `
a bare pod as pod service: replace --force < the pod alone
a bare pod as pod service: replace --force --grace-period=0 < the pod alone
a bare pod as service pod: delete pod APP, then apply < a bare pod
a pod of an operator as pod service: delete pod APP, then apply < a pod of an operator
a Deployment as deployment pod service: delete deployment APP, then apply < a Deployment
a Deployment as service pod deployment: delete deployment,service APP, then apply < a Deployment
a Deployment as service deployment pod: rollout restart deployment/APP
a Deployment as deployment service pod: scale deployment/APP --replicas=0, then scale deployment/APP --replicas=1
a ReplicationController as rc service pod: delete pod -l app=APP
a ReplicationController as rc pod: delete rc APP, then apply < a ReplicationController
a StatefulSet as sts pod: delete pod -l app=APP --wait=false
a DaemonSet as ds pod: delete pod -l app=APP
a Deployment as service: delete service APP, then apply < a Deployment (the pod stays)
two pods as service: set selector service/APP app=APP-green (the pod stays)
a bare pod as service: apply < another target port (the pod stays)
`;
const CASES = [...CHANGES.matchAll(/^(.+) as ([\w ]+): (.+?)(?:, then (.+?))?( \(the pod stays\))?$/gm)];

const demo = await demoClusterFor({ after });
const kubectl = new Kubectl(demo);

/** Runs a command of {@link CHANGES} for an app. */
function run(command: string, app: string): Promise<string> {
  const [words = '', manifests] = command.split(' < ');
  const args = words.replaceAll('APP', app).split(' ');
  return manifests === undefined ? kubectl.run(args) : withManifests(args, manifests, app);
}

function withManifests(args: readonly string[], manifests: string, app: string): Promise<string> {
  const create = MANIFESTS[manifests] ?? assert.fail(manifests);
  return kubectl.run([...args, '-f', '-'], ...create(app));
}

test('every line of the table is a case', () =>
  assert.equal(CASES.length, CHANGES.trim().split('\n').length));

suite('changes made with kubectl', { skip: KUBECTL_SKIP, concurrency: 4 }, () => {
  CASES.forEach(([line, manifests = '', targets = '', change = '', bringBack, podStays], index) => {
    test(`with kubectl, ${line}: the port stays, new connections are served, and --reconnect=false ends when kubectl does`, async (t) => {
      const app = `app-${index}`;
      await withManifests(['apply'], manifests, app);
      await eventually(() => hasReadyPod(app), 'no pod is ready');
      const names = targets.split(' ').map((kind) => targetOf(kind, app));
      const [first = assert.fail()] = names;
      await using strict = await kubectl.portForward(first, APP_PORT);
      const alike = await started(t, first, { reconnects: false, retriesFirstAttempt: false });
      const lasting = await Promise.all(names.map((name) => LastingForward.start(t, name)));
      const changed = run(change, app);
      if (podStays === undefined) {
        await Promise.all(lasting.map((forward) => forward.connectMeanwhile()));
        await Promise.all([endsAlike(strict, alike), changed]);
      } else {
        await changed;
        await Promise.all([echoes(strict.port), echoes(alike.port)]);
      }
      if (bringBack !== undefined) await run(bringBack, app);
      for (const forward of lasting) await forward.isServed();
    });
  });
});

/** A forward that must continue through the change. Has a connection that was opened before the change. */
class LastingForward {
  readonly #forward: DemoSession;
  readonly #port: number;
  #meanwhile: Promise<void> | undefined;

  static async start(t: TestEnd, target: string): Promise<LastingForward> {
    const forward = await started(t, target);
    const open = await connectTo(forward.port);
    t.after(() => void open.destroy());
    // This connection may be reset when its pod ends.
    open.on('error', () => {});
    await echoed(open, 'open');
    return new LastingForward(forward);
  }

  constructor(forward: DemoSession) {
    this.#forward = forward;
    this.#port = forward.port;
  }

  async connectMeanwhile(): Promise<void> {
    await this.#forward.until((state) => state.type !== 'ready');
    this.#meanwhile = echoes(this.#port);
    this.#meanwhile.catch(() => {});
  }

  async isServed(): Promise<void> {
    await this.#meanwhile;
    await this.#forward.ready();
    assert.equal(this.#forward.port, this.#port);
    await echoes(this.#port);
  }
}

/** How long new connections may wait for a pod. Longer than usual, because kubectl is slow on a busy machine. */
const WAIT_LIMIT_MS = 60_000;

async function started(t: TestEnd, target: string, options = {}): Promise<DemoSession> {
  const forward = new DemoSession(t, demo, target, APP_PORT, { waitLimitMs: WAIT_LIMIT_MS, ...options });
  await forward.ready();
  return forward;
}

/**
 * Expects that kubectl's forward ends, and that `alike`, which does not reconnect, ends too. Opens a connection to
 * kubectl's forward, because kubectl may notice the end of the pod only then.
 */
async function endsAlike({ child, port }: KubectlForward, alike: DemoSession): Promise<void> {
  const exited = once(child, 'close');
  const line = new OutputLines(child, 'stderr').next(/lost connection to pod/);
  const state = await alike.until(({ type }) => type === 'failed');
  assert.equal(state.type === 'failed' && state.error.code, 'LOST_CONNECTION');
  const socket = await connectTo(port);
  socket.on('error', () => {});
  await line;
  socket.destroy();
  assert.deepEqual(await exited, [1, null]);
}

function targetOf(kind: string, app: string): string {
  if (kind !== 'pod') return `${kind}/${app}`;
  return `pod/${demo.pods.list('demo', { app })[0]?.metadata.name}`;
}

function hasReadyPod(app: string): boolean {
  const isReady = ({ type, status }: { type: string; status: string }) =>
    type === 'Ready' && status === 'True';
  return demo.pods.list('demo', { app }).some(({ status }) => status.conditions?.some(isReady));
}
