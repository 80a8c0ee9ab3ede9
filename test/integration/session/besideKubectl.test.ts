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

/** A change of a cluster with kubectl while ports are forwarded. */
interface Change {
  readonly name: string;
  /**
   * The targets to forward, `pod` for the pod itself. Each is forwarded with reconnecting; the first also without, and by
   * kubectl.
   */
  readonly targets: readonly ('pod' | 'service' | 'deployment' | 'rc' | 'sts' | 'ds')[];
  readonly manifests: (app: string) => readonly object[];
  readonly change: (app: string, kubectl: Kubectl) => Promise<unknown>;
  /** Recreates the object that the change deleted. Optional, default nothing. */
  readonly bringBack?: (app: string, kubectl: Kubectl) => Promise<unknown>;
  /** Whether the pod survives, and with it a forward without reconnecting. */
  readonly podStays?: true;
}

const POD = (app: string) => [podManifest(app), serviceManifest(app)];
const OPERATED = (app: string) => [podManifest(app, 'Cluster'), serviceManifest(app)];
const DEPLOYMENT = (app: string) => [workloadManifest('Deployment', app), serviceManifest(app)];
const CONTROLLER = (app: string) => [replicationControllerManifest(app)];
const applied = (manifests: Change['manifests']) => (app: string, kubectl: Kubectl) =>
  kubectl.run(['apply', '-f', '-'], ...manifests(app));
const ran =
  (...args: readonly string[]) =>
  (app: string, kubectl: Kubectl) =>
    kubectl.run(args.map((word) => word.replace('APP', app)));

const CHANGES: readonly Change[] = [
  {
    name: 'kubectl replace --force makes a bare pod again',
    targets: ['pod', 'service'],
    manifests: POD,
    change: (app, kubectl) => kubectl.run(['replace', '--force', '-f', '-'], podManifest(app)),
  },
  {
    name: 'kubectl replace --force --grace-period=0 makes a bare pod again',
    targets: ['pod', 'service'],
    manifests: POD,
    change: (app, kubectl) =>
      kubectl.run(['replace', '--force', '--grace-period=0', '-f', '-'], podManifest(app)),
  },
  {
    name: 'kubectl delete and kubectl apply make a bare pod again',
    targets: ['service', 'pod'],
    manifests: POD,
    change: ran('delete', 'pod', 'APP'),
    bringBack: applied(POD),
  },
  {
    name: 'an operator makes a pod again',
    targets: ['pod', 'service'],
    manifests: OPERATED,
    change: ran('delete', 'pod', 'APP'),
    bringBack: applied(OPERATED),
  },
  {
    name: 'kubectl delete deployment and kubectl apply',
    targets: ['deployment', 'pod', 'service'],
    manifests: DEPLOYMENT,
    change: ran('delete', 'deployment', 'APP'),
    bringBack: applied(DEPLOYMENT),
  },
  {
    name: 'kubectl delete of a Deployment with its Service, and kubectl apply',
    targets: ['service', 'pod', 'deployment'],
    manifests: DEPLOYMENT,
    change: ran('delete', 'deployment,service', 'APP'),
    bringBack: applied(DEPLOYMENT),
  },
  {
    name: 'kubectl rollout restart of a Deployment',
    targets: ['service', 'deployment', 'pod'],
    manifests: DEPLOYMENT,
    change: ran('rollout', 'restart', 'deployment/APP'),
  },
  {
    name: 'kubectl scale to 0 and back',
    targets: ['deployment', 'service', 'pod'],
    manifests: DEPLOYMENT,
    change: ran('scale', 'deployment/APP', '--replicas=0'),
    bringBack: ran('scale', 'deployment/APP', '--replicas=1'),
  },
  {
    name: 'kubectl delete pod of a ReplicationController',
    targets: ['rc', 'service', 'pod'],
    manifests: (app) => [...CONTROLLER(app), serviceManifest(app)],
    change: ran('delete', 'pod', '-l', 'app=APP'),
  },
  {
    name: 'kubectl delete rc and kubectl apply',
    targets: ['rc', 'pod'],
    manifests: CONTROLLER,
    change: ran('delete', 'rc', 'APP'),
    bringBack: applied(CONTROLLER),
  },
  {
    name: 'kubectl delete pod of a StatefulSet',
    targets: ['sts', 'pod'],
    manifests: (app) => [workloadManifest('StatefulSet', app)],
    // kubectl 1.32 waits forever if the new pod, which has the same name, is there before kubectl watches the old one.
    change: ran('delete', 'pod', '-l', 'app=APP', '--wait=false'),
  },
  {
    name: 'kubectl delete pod of a DaemonSet',
    targets: ['ds', 'pod'],
    manifests: (app) => [workloadManifest('DaemonSet', app)],
    change: ran('delete', 'pod', '-l', 'app=APP'),
  },
  {
    name: 'kubectl delete service and kubectl apply',
    targets: ['service'],
    manifests: DEPLOYMENT,
    change: ran('delete', 'service', 'APP'),
    bringBack: applied(DEPLOYMENT),
    podStays: true,
  },
  {
    name: "kubectl set selector, to another app's pods",
    targets: ['service'],
    manifests: (app) => [podManifest(app), podManifest(`${app}-green`), serviceManifest(app)],
    change: ran('set', 'selector', 'service/APP', 'app=APP-green'),
    podStays: true,
  },
  {
    name: 'kubectl apply with another target port',
    targets: ['service'],
    manifests: (app) => [podManifest(app), serviceManifest(app)],
    change: (app, kubectl) => kubectl.run(['apply', '-f', '-'], serviceManifest(app, app, 'echo')),
    podStays: true,
  },
];

const demo = await demoClusterFor({ after });
const kubectl = new Kubectl(demo);

suite('changes made with kubectl', { skip: KUBECTL_SKIP, concurrency: 4 }, () => {
  CHANGES.forEach((change, index) => {
    test(`${change.name}: the port stays, new connections are served, and --reconnect=false ends when kubectl does`, async (t) => {
      const app = `app-${index}`;
      await kubectl.run(['apply', '-f', '-'], ...change.manifests(app));
      await eventually(() => hasReadyPod(app), 'no pod is ready');
      const [first = 'pod'] = change.targets;
      await using strict = await kubectl.portForward(targetOf(first, app), APP_PORT);
      const alike = await started(t, targetOf(first, app), { reconnects: false, retriesFirstAttempt: false });
      const lasting = await Promise.all(
        change.targets.map((kind) => LastingForward.start(t, targetOf(kind, app))),
      );
      const changed = change.change(app, kubectl);
      if (change.podStays === undefined) {
        await Promise.all(lasting.map((forward) => forward.connectMeanwhile()));
        await Promise.all([endsAlike(strict, alike), changed]);
      } else {
        await changed;
        await Promise.all([echoes(strict.port), echoes(alike.port)]);
      }
      await change.bringBack?.(app, kubectl);
      for (const forward of lasting) await forward.isServed();
    });
  });
});

/** A forward that outlives the change, with a connection opened before. */
class LastingForward {
  readonly #forward: DemoSession;
  readonly #port: number;
  #meanwhile: Promise<void> | undefined;

  static async start(t: TestEnd, target: string): Promise<LastingForward> {
    const forward = await started(t, target);
    const open = await connectTo(forward.port);
    t.after(() => void open.destroy());
    // The pod's end may cut it off.
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

/** kubectl on a busy machine may take longer than connections normally wait. */
const WAIT_LIMIT_MS = 60_000;

async function started(t: TestEnd, target: string, options = {}): Promise<DemoSession> {
  const forward = new DemoSession(t, demo, target, APP_PORT, { waitLimitMs: WAIT_LIMIT_MS, ...options });
  await forward.ready();
  return forward;
}

/** kubectl learns of its pod's end at the next connection at the latest. */
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

function targetOf(kind: Change['targets'][number], app: string): string {
  if (kind !== 'pod') return `${kind}/${app}`;
  return `pod/${demo.pods.list('demo', { app })[0]?.metadata.name}`;
}

function hasReadyPod(app: string): boolean {
  const isReady = ({ type, status }: { type: string; status: string }) =>
    type === 'Ready' && status === 'True';
  return demo.pods.list('demo', { app }).some(({ status }) => status.conditions?.some(isReady));
}
