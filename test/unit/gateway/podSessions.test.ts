import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { PodEndpoint } from '../../../src/gateway/location.ts';
import type { NamespaceDirectory } from '../../../src/gateway/namespaceDirectory.ts';
import { PodSessions } from '../../../src/gateway/podSessions.ts';
import { FakeClock } from '../../support/fakeClock.ts';
import { FakeSocket } from '../../support/fakeSocket.ts';

const ADDRESS = { address: '127.0.0.1', localPort: 8900, remotePort: 0 };
/** How long a session stays without connections. */
const IDLE_MS = 300_000;

/** Sessions that never reach their pods. */
function waitingSessions() {
  const clock = new FakeClock();
  let turnedAway = 0;
  const never = () => new Promise<never>(() => {});
  const sessions = new PodSessions({
    ...{ access: never, clock, probe: { untilReachable: never }, onNotice: () => {} },
    onTurnedAway: () => {
      turnedAway++;
    },
  });
  return { clock, sessions, turnedAway: () => turnedAway };
}

function endpointOf(name: string): PodEndpoint {
  const pod = { metadata: { name, uid: name } } as PodEndpoint['pod'];
  const directory = { namespace: 'demo', pod: () => pod } as unknown as NamespaceDirectory;
  return { pod, port: 80, directory };
}

test('a connection that is turned away again and again collects no listeners', () => {
  const { sessions, turnedAway } = waitingSessions();
  const socket = new FakeSocket();
  const before = socket.listenerCount('close');
  for (let times = 1; times <= 12; times++) {
    const endpoint = endpointOf(`web-${times}`);
    sessions.carry(endpoint, socket.asSocket, ADDRESS);
    sessions.closeNamespace(endpoint.directory);
    assert.equal(turnedAway(), times);
  }
  assert.equal(socket.listenerCount('close') - before, 1);
});

test('a session ends some time after its last connection has ended or was led to another pod', async () => {
  const { clock, sessions } = waitingSessions();
  const socket = new FakeSocket();
  sessions.carry(endpointOf('web-1'), socket.asSocket, ADDRESS);
  sessions.carry(endpointOf('web-2'), socket.asSocket, ADDRESS);
  clock.advance(IDLE_MS);
  assert.equal(sessions.size, 1);
  const closed = new Promise((resolve) => socket.once('close', resolve));
  socket.destroy();
  await closed;
  clock.advance(IDLE_MS);
  assert.equal(sessions.size, 0);
});
