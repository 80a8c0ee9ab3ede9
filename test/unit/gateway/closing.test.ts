import assert from 'node:assert/strict';
import net from 'node:net';
import { test } from 'node:test';
import { type Clock, onAbort, systemClock } from '../../../src/base/async.ts';
import { Gateway } from '../../../src/gateway/gateway.ts';
import type { ForwardPod } from '../../../src/session/sessionOptions.ts';
import { eventually } from '../../support/eventually.ts';
import { FakeClock } from '../../support/fakeClock.ts';
import { FakeProbe } from '../../support/fakeSession.ts';
import { namespaceCluster } from '../../support/namespaceCluster.ts';
import { restConfigFor } from '../../support/restConfig.ts';

const cluster = namespaceCluster({ hasPods: true });

/** Reports that the forward is ready, but never accepts a connection, so connections wait. */
const takingNothing: ForwardPod = ({ pod, stop, onEvent }) => {
  onEvent?.({ type: 'ready', pod, transport: 'spdy', addresses: [] });
  return new Promise((resolve) => onAbort(stop, resolve));
};

/** Starts a gateway, and sends it a request. The connection waits, because the session of its pod accepts none. */
async function waitingConnection(clock: Clock) {
  const gateway = new Gateway({
    ...{ context: 'staging', slug: 'staging', namespaces: ['demo', 'shop'] },
    localPort: { mode: 'exact', port: 0 },
    access: () => Promise.resolve({ cluster, restConfig: restConfigFor(new URL('https://fake.example')) }),
    ...{ clock, probe: new FakeProbe(), forwardPod: takingNothing },
  });
  await gateway.settled();
  const client = net.connect(gateway.localPort ?? 0, '127.0.0.1').on('error', () => {});
  const closed = new Promise((resolve) => client.once('close', resolve));
  client.write('GET / HTTP/1.1\r\nHost: web.demo.localhost\r\n\r\n');
  await eventually(() => gateway.services[0]?.openConnections === 1, 'the connection');
  assert.equal(gateway.sessionCount, 1);
  return { gateway, closed };
}

test('closing a namespace begins no session for a connection that its end turns away', async () => {
  const { gateway, closed } = await waitingConnection(systemClock);
  gateway.setNamespaces(['shop']);
  assert.equal(gateway.sessionCount, 0);
  await closed;
  await gateway.stop();
});

test('a connection that the end of the gateway turns away looks for no other pod', async () => {
  const clock = new FakeClock();
  const { gateway, closed } = await waitingConnection(clock);
  await gateway.stop();
  await closed;
  await eventually(
    () => clock.pending === 0,
    () => `${clock.pending} timers`,
  );
});
