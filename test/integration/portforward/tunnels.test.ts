import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { demoClusterFor, demoForwardFor } from '../../support/demoForward.ts';
import { eventually } from '../../support/eventually.ts';
import { get } from '../../support/tcpClient.ts';

/** A delay that no test waits for, so an upgrade with it never completes. */
const NEVER_MS = 600_000;

/**
 * Container runtimes, which differ in how they end connections, and the pause between two connections in milliseconds.
 */
const IN_TURN = [
  ['containerd', 0],
  ['containerd', 20],
  ['socat', 0],
] as const;

describe('tunnels that a forward opens', () => {
  for (const transport of ['spdy', 'websocket'] as const) {
    for (const [runtime, pauseMs] of IN_TURN) {
      test(`${transport}, ${runtime}: 200 connections one after another, ${pauseMs} ms apart, open 3 at most`, async (t) => {
        const cluster = await demoClusterFor(t, { runtime });
        const forward = await demoForwardFor(t, cluster, { transport });
        for (let index = 0; index < 200; index++) {
          assert.equal((await get(forward.port(), '/healthz')).body, 'ok\n');
          if (pauseMs > 0) await pause(pauseMs);
        }
        const opened = cluster.activity.current.openedTunnels[transport];
        assert.ok(opened <= 3, `${opened} tunnels`);
      });
    }

    test(`${transport}: a burst of 50 on a fresh forward needs no new tunnel`, async (t) => {
      const cluster = await demoClusterFor(t, { runtime: 'containerd' });
      const forward = await demoForwardFor(t, cluster, { transport });
      cluster.faults.add({ type: 'slowUpgrade', delayMs: NEVER_MS });
      const answers = await Promise.all(Array.from({ length: 50 }, () => get(forward.port(), '/healthz')));
      assert.ok(answers.every(({ body }) => body === 'ok\n'));
      assert.ok(cluster.activity.current.openedTunnels[transport] <= 2);
    });

    test(`${transport}: 50 clients on a fresh forward open 8 at most`, async (t) => {
      const cluster = await demoClusterFor(t, { runtime: 'containerd' });
      const forward = await demoForwardFor(t, cluster, { transport });
      const client = async () => {
        for (let index = 0; index < 4; index++) await get(forward.port(), '/healthz');
      };
      await Promise.all(Array.from({ length: 50 }, client));
      const opened = cluster.activity.current.openedTunnels[transport];
      assert.ok(opened <= 8, `${opened} tunnels`);
    });
  }

  test('the spare tunnel is open before the first connection', async (t) => {
    const cluster = await demoClusterFor(t);
    await demoForwardFor(t, cluster, {});
    await eventually(() => cluster.activity.current.openTunnels === 2, 'no spare tunnel');
  });
});
