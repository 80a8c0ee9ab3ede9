import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Emitter } from '../../../src/base/event.ts';
import type { PodEndpoint } from '../../../src/gateway/location.ts';
import type { NamespaceDirectory } from '../../../src/gateway/namespaceDirectory.ts';
import { PodSessions } from '../../../src/gateway/podSessions.ts';
import { PodTarget } from '../../../src/gateway/podTarget.ts';
import { FakeClock } from '../../support/fakeClock.ts';
import { FakeSocket } from '../../support/fakeSocket.ts';

const ADDRESS = { address: '127.0.0.1', localPort: 8900, remotePort: 0 };
/** A session ends after this time without connections. */
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
  const onDidChange = new Emitter<void>().event;
  const directory = { namespace: 'demo', pod: () => pod, onDidChange } as unknown as NamespaceDirectory;
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

test('a session tries again at once after a login, until its watch is disposed of', () => {
  const signedIn = new Emitter<void>();
  const { directory } = endpointOf('web-1');
  const access = () => assert.fail();
  const target = new PodTarget({
    access,
    directory,
    uid: 'web-1',
    name: 'web-1',
    onDidSignIn: signedIn.event,
  });
  let seen = 0;
  const watch = target.watch({
    onSeen: () => seen++,
    onPods: () => assert.fail(),
    onChanged: () => assert.fail(),
  });
  signedIn.fire();
  assert.equal(seen, 1);
  watch.dispose();
  signedIn.fire();
  assert.equal(seen, 1);
});
