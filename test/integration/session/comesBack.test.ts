import assert from 'node:assert/strict';
import { once } from 'node:events';
import { after, suite, test } from 'node:test';
import type { OwnerReference } from '../../../src/demo/entry.ts';
import { APP_PORT, DemoApp } from '../../support/demoApp.ts';
import { demoClusterFor, type TestEnd } from '../../support/demoForward.ts';
import { DemoSession } from '../../support/demoSession.ts';
import { eventually } from '../../support/eventually.ts';
import { reasonOf } from '../../support/fields.ts';
import { connectTo, echoed, echoes, readUntil } from '../../support/tcpClient.ts';

/** The number of tests that run at the same time. Many can, because they wait most of the time. */
const AT_ONCE = 8;

const demo = await demoClusterFor({ after }, { argoRollouts: true });
let apps = 0;

const CLUSTER_OWNER: OwnerReference = {
  apiVersion: 'postgresql.cnpg.io/v1',
  kind: 'Cluster',
  name: 'pg',
  uid: 'uid-of-pg',
  controller: true,
  blockOwnerDeletion: true,
};

/**
 * A way in which a forwarded object is deleted and recreated. `besideKubectl.test.ts` tests changes made by kubectl.
 */
interface Change {
  readonly name: string;
  /** The targets to forward to, each in a separate test. `pod` means a pod of the app by its name. */
  readonly targets: readonly ('pod' | 'service' | 'deployment' | 'sts' | 'rollout')[];
  readonly arrange: (app: DemoApp) => void;
  readonly takeAway: (app: DemoApp) => void;
  readonly bringBack: (app: DemoApp) => void;
}

const CHANGES: readonly Change[] = [
  {
    name: 'a bare pod that kubectl replace --force makes again',
    targets: ['pod', 'service'],
    arrange: (app) => app.run().expose(),
    takeAway: (app) => app.deletePods(0),
    bringBack: (app) => app.run(),
  },
  {
    name: 'a pod with a stable name that a controller of an unknown kind makes again',
    targets: ['pod', 'service'],
    arrange: (app) => app.run({ app: app.name }, CLUSTER_OWNER).expose(),
    takeAway: (app) => app.deletePods(),
    bringBack: (app) => app.run({ app: app.name }, CLUSTER_OWNER),
  },
  {
    name: 'a pod that its Argo Rollout replaces',
    targets: ['pod', 'rollout'],
    arrange: (app) => app.rollOut(),
    takeAway: (app) => app.deletePods(),
    bringBack: () => {},
  },
  {
    name: 'a pod that its StatefulSet makes again',
    targets: ['pod', 'service', 'sts'],
    arrange: (app) => app.setState().expose(),
    takeAway: (app) => app.deletePods(),
    bringBack: () => {},
  },
  {
    name: 'a release that Helm uninstalls and installs again, Service and Deployment',
    targets: ['pod', 'service', 'deployment'],
    arrange: (app) => app.deploy().expose(),
    takeAway: (app) => app.unexpose().undeploy(),
    bringBack: (app) => app.deploy().expose(),
  },
];

suite('a deleted target comes back', { concurrency: AT_ONCE }, () => {
  for (const change of CHANGES) {
    for (const target of change.targets) {
      test(`${change.name} as ${target}: the port stays, and a connection opened meanwhile is served`, async (t) => {
        const { app, forward } = await start(t, change, target);
        await forward.ready();
        const { port } = forward;
        const open = await connectTo(port);
        open.on('error', () => {});
        await echoed(open, 'one');
        const ended = once(open, 'close');
        const before = app.pods.map(({ metadata }) => metadata.uid);
        change.takeAway(app);
        await forward.notReady();
        const opened = await connectTo(port);
        opened.write('two');
        await eventually(
          () => !app.pods.some(({ metadata }) => before.includes(metadata.uid)),
          'the pod stays',
        );
        change.bringBack(app);
        await readUntil(opened, 'two');
        opened.destroy();
        await forward.ready();
        assert.equal(forward.port, port);
        // The connection that was opened first ended together with its pod.
        open.end();
        await ended;
      });
    }
  }

  test("new connections follow a Service's new selector while the open one continues", async (t) => {
    const blue = new DemoApp(demo, 'blue').run().expose();
    new DemoApp(demo, 'green').run();
    const forward = new DemoSession(t, demo, 'service/blue', APP_PORT);
    assert.equal(await forward.ready(), 'blue');
    const open = await connectTo(forward.port);
    blue.changeService((spec) => ({ ...spec, selector: { app: 'green' } }));
    assert.equal(await forward.ready('blue'), 'green');
    await echoed(open, 'still blue');
    open.destroy();
    const lines = forward.notices.filter(({ type }) => type === 'reconnecting').map(reasonOf);
    assert.deepEqual(lines, ['reconnecting: service/blue changed: new connections go to its current pods']);
  });

  test("a Service's new target port is followed", async (t) => {
    const app = new DemoApp(demo, 'ports').run().expose({ app: 'ports' }, 9);
    const forward = new DemoSession(t, demo, 'service/ports', APP_PORT);
    await forward.ready();
    app.changeService((spec) => ({
      ...spec,
      ports: spec.ports.map((port) => ({ ...port, targetPort: 'echo' })),
    }));
    await forward.notReady();
    await forward.ready();
    await echoes(forward.port);
  });

  test('a Service that loses its selector selects no pods instead of all', async (t) => {
    const app = new DemoApp(demo, 'unselected').run().expose();
    const forward = new DemoSession(t, demo, 'service/unselected', APP_PORT);
    await forward.ready();
    app.changeService(({ selector: _, ...spec }) => spec);
    const state = await forward.until((now) => now.type === 'reconnecting' && now.step.type === 'waiting');
    assert.equal(state.type === 'reconnecting' && state.error.code, 'SERVICE_WITHOUT_SELECTOR');
    app.changeService((spec) => ({ ...spec, selector: { app: 'unselected' } }));
    assert.equal(await forward.ready(), 'unselected');
  });

  test('a changed Service is not followed with --reconnect=false', async (t) => {
    const app = new DemoApp(demo, 'kept').run().expose();
    const forward = new DemoSession(t, demo, 'service/kept', APP_PORT, { reconnects: false });
    await forward.ready();
    app.changeService((spec) => ({ ...spec, selector: { app: 'other' } }));
    await echoes(forward.port);
    assert.equal(forward.session.state.type, 'ready');
  });

  test("a Deployment's pod is followed by the Deployment's next pod, not by a foreign pod of the same labels", async (t) => {
    const app = new DemoApp(demo, 'owned').deploy();
    await eventually(() => app.pods.length > 0, 'no pod is made');
    const forward = new DemoSession(t, demo, app.pods[0]?.metadata.name ?? '', APP_PORT);
    const first = await forward.ready();
    app.run();
    demo.pods.delete('demo', first);
    const next = await forward.ready(first);
    assert.notEqual(next, 'owned');
    assert.match(next, /^owned-/);
  });

  test('a target deleted during the wait for its pod is reported at once, and may return with other labels', {
    timeout: 20_000,
  }, async (t) => {
    const app = new DemoApp(demo, 'scaled').deploy();
    const forward = new DemoSession(t, demo, 'deployment/scaled', APP_PORT);
    await forward.ready();
    app.scale(0);
    await eventually(() => app.pods.length === 0, 'a pod is left');
    app.undeploy();
    const state = await forward.until(
      (now) => now.type === 'reconnecting' && now.error.code === 'WAITING_FOR_TARGET',
    );
    assert.equal(reasonOf(state), 'reconnecting: waiting for deployment/scaled to come back');
    app.deploy({ app: 'other' });
    await forward.ready();
  });

  test('a target that does not return fails the forward after the wait and frees its port', async (t) => {
    const app = new DemoApp(demo, 'lost').deploy();
    const forward = new DemoSession(t, demo, 'deployment/lost', APP_PORT, { waitForTargetMs: 1_000 });
    await forward.ready();
    const { port } = forward;
    app.undeploy();
    const waiting = await forward.until(
      (now) => now.type === 'reconnecting' && now.error.code === 'WAITING_FOR_TARGET',
    );
    assert.equal(reasonOf(waiting), 'reconnecting: waiting for deployment/lost to come back');
    const failed = await forward.until(({ type }) => type === 'failed');
    assert.equal(failed.type === 'failed' && failed.error.code, 'TARGET_NOT_FOUND');
    await assert.rejects(connectTo(port), { code: 'ECONNREFUSED' });
  });

  for (const target of ['deployment', 'service'] as const) {
    test(`a ${target} whose only pod is not Ready is taken at the start, and left for a pod that becomes Ready`, async (t) => {
      const app = new DemoApp(demo, `sealed-${target}`).deploy().expose();
      await eventually(() => app.pods.some(({ status }) => status.phase === 'Running'), 'no pod runs');
      const first = app.pods[0]?.metadata.name ?? '';
      demo.pods.setReady('demo', first, false);
      const forward = new DemoSession(t, demo, `${target}/${app.name}`, APP_PORT);
      assert.equal(await forward.ready(), first);
      const { state } = forward.session;
      assert.equal(state.type === 'ready' && state.isPodReady, false);
      app.scale(2);
      assert.notEqual(await forward.ready(first), first);
    });
  }

  test('a Service that publishes pods that are not Ready leads to one at once', async (t) => {
    const app = new DemoApp(demo, 'published').run().expose();
    app.changeService((spec) => ({ ...spec, publishNotReadyAddresses: true }));
    await eventually(() => app.pods.some(({ status }) => status.phase === 'Running'), 'it does not run');
    demo.pods.setReady('demo', 'published', false);
    const forward = new DemoSession(t, demo, 'service/published', APP_PORT);
    assert.equal(await forward.ready(), 'published');
  });

  test('a pod that is not Ready is not taken if a Ready pod is required', async (t) => {
    const app = new DemoApp(demo, 'strict').run().expose();
    await eventually(() => app.pods.some(({ status }) => status.phase === 'Running'), 'it does not run');
    demo.pods.setReady('demo', 'strict', false);
    const forward = new DemoSession(t, demo, 'service/strict', APP_PORT, {
      requiresReady: true,
      podRunningTimeoutMs: 50,
      retriesFirstAttempt: false,
    });
    const state = await forward.until(({ type }) => type === 'failed');
    assert.equal(state.type === 'failed' && state.error.code, 'NO_READY_POD');
  });
});

async function start(t: TestEnd, change: Change, kind: Change['targets'][number], options = {}) {
  const app = new DemoApp(demo, `app-${apps++}`);
  change.arrange(app);
  await eventually(() => app.pods.length > 0, 'no pod is made');
  const target = kind === 'pod' ? (app.pods[0]?.metadata.name ?? '') : `${kind}/${app.name}`;
  return { app, forward: new DemoSession(t, demo, target, APP_PORT, options) };
}

// These tests cause faults, which affect all clients of the cluster. So they run alone, one after the other.

test('a pod with an unreadable controller is waited for under its name only', async (t) => {
  const app = new DemoApp(demo, 'unread').control();
  await eventually(() => app.pods.length > 0, 'no pod is made');
  const name = app.pods[0]?.metadata.name ?? '';
  const forward = new DemoSession(t, demo, name, APP_PORT);
  await forward.ready();
  const path = '/api/v1/namespaces/demo/replicationcontrollers';
  const fault = demo.faults.add({ type: 'answer', status: 403, path });
  t.after(() => fault.dispose());
  demo.pods.delete('demo', name, 0);
  const state = await forward.until((now) => now.type === 'reconnecting' && now.step.type === 'waiting');
  assert.equal(state.type === 'reconnecting' && state.error.message, `waiting for pod/${name} to come back`);
});

test('a recreated pod is found by polling under a role with get on named pods and without list', async (t) => {
  const app = new DemoApp(demo, 'named').run();
  for (const verb of ['list', 'watch']) {
    const fault = demo.faults.add({
      type: 'answer',
      status: 403,
      verb,
      path: '/api/v1/namespaces/demo/pods',
    });
    t.after(() => fault.dispose());
  }
  const forward = new DemoSession(t, demo, 'named', APP_PORT, { speed: 5 });
  await forward.ready();
  const { uid } = demo.pods.get('demo', 'named').metadata;
  demo.pods.delete('demo', 'named', 0);
  await forward.notReady();
  app.run();
  await forward.ready();
  assert.notEqual(demo.pods.get('demo', 'named').metadata.uid, uid);
  await echoes(forward.port);
});
