import assert from 'node:assert/strict';
import { after, suite, test } from 'node:test';
import { APP_PORT, DemoApp } from '../../support/demoApp.ts';
import { demoClusterFor } from '../../support/demoForward.ts';
import { DemoSession } from '../../support/demoSession.ts';
import { eventually } from '../../support/eventually.ts';
import { reasonOf } from '../../support/fields.ts';
import { KUBECTL_SKIP, Kubectl } from '../../support/kubectl.ts';
import { connectTo, echoed, echoes } from '../../support/tcpClient.ts';

// A deleted pod terminates for an hour, so it runs until the test deletes it again with a grace period of 0.
const demo = await demoClusterFor({ after }, { podTimings: { stopMs: 3_600_000 } });
const kubectl = new Kubectl(demo);

suite('a pod that terminates', { concurrency: 4 }, () => {
  for (const [target, arrange] of [
    ['pod', (app: DemoApp) => void app.run()],
    ['pod of a StatefulSet', (app: DemoApp) => app.setState()],
    ['service', (app: DemoApp) => void app.run()],
    ['statefulset', (app: DemoApp) => app.setState()],
  ] as const) {
    test(`at the start, as ${target}, is taken if there is no other, and the next pod follows`, async (t) => {
      const app = await running(`start-${target.replaceAll(' ', '-').toLowerCase()}`, arrange);
      app.expose();
      const name = nameOf(app);
      app.deletePods();
      const text = target.startsWith('pod') ? `pod/${name}` : `${target}/${app.name}`;
      const forward = new DemoSession(t, demo, text, APP_PORT);
      assert.equal(await forward.ready(), name);
      await echoes(forward.port);
      const uid = uidOf(name);
      const left = forward.notReady();
      app.deletePods(0);
      if (target === 'pod' || target === 'service') app.run();
      await left;
      assert.notEqual(uidOf(await forward.ready()), uid);
      await echoes(forward.port);
    });
  }

  test('at the start of kubectl is taken too', { skip: KUBECTL_SKIP }, async () => {
    const app = await running('start-kubectl', (one) => void one.run());
    app.expose();
    app.deletePods();
    for (const target of [`pod/${app.name}`, `service/${app.name}`]) {
      await using forward = await kubectl.portForward(target, APP_PORT);
      await echoes(forward.port);
    }
  });

  test('keeps its open connections, and new ones wait for the next pod of its name', async (t) => {
    const app = await running('meanwhile', (one) => void one.run());
    const forward = new DemoSession(t, demo, app.name, APP_PORT);
    await forward.ready();
    const open = await connectTo(forward.port);
    app.deletePods();
    const state = await forward.until((now) => now.type === 'reconnecting' && now.step.type === 'waiting');
    assert.equal(reasonOf(state), 'reconnecting: waiting for pod/meanwhile to come back');
    const opened = echoes(forward.port);
    await echoed(open, 'still here');
    open.destroy();
    app.deletePods(0);
    app.run();
    await opened;
  });

  for (const [name, options] of [
    ['with a wait of 0', { waitForTargetMs: 0 }],
    ['with --reconnect=false', { reconnects: false, retriesFirstAttempt: false }],
  ] as const) {
    test(`${name} serves until it is gone, as with kubectl, and then ends the forward`, async (t) => {
      const app = await running(`until-gone-${'reconnects' in options}`, (one) => void one.run());
      const forward = new DemoSession(t, demo, app.name, APP_PORT, options);
      await forward.ready();
      app.deletePods();
      await eventually(
        () => demo.pods.get('demo', app.name).metadata.deletionTimestamp !== undefined,
        'runs',
      );
      await echoes(forward.port);
      assert.equal(forward.session.state.type, 'ready');
      const failed = forward.until(({ type }) => type === 'failed');
      app.deletePods(0);
      const state = await failed;
      const expected = 'reconnects' in options ? 'LOST_CONNECTION' : 'POD_NOT_FOUND';
      assert.equal(state.type === 'failed' && state.error.code, expected);
    });
  }
});

async function running(name: string, arrange: (app: DemoApp) => void): Promise<DemoApp> {
  const app = new DemoApp(demo, name);
  arrange(app);
  await eventually(() => app.pods.some(({ status }) => status.phase === 'Running'), 'no pod runs');
  return app;
}

function uidOf(name: string): string {
  return demo.store.get('pods', 'demo', name)?.metadata.uid ?? '';
}

function nameOf(app: DemoApp): string {
  return app.pods[0]?.metadata.name ?? '';
}
