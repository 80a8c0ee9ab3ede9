import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type LogEntry, listContexts, logged } from '../../../../src/rpc/contract.ts';
import { HostConnector } from '../../../../src/ui/host/hostConnector.ts';
import { FakeClock } from '../../../support/fakeClock.ts';
import { FakeHost } from '../../../support/fakeHost.ts';

const entry: LogEntry = { level: 'info', event: 'hostStarted', arguments: {} };

function setUp(): { host: FakeHost; clock: FakeClock; session: HostConnector } {
  const host = new FakeHost();
  const clock = new FakeClock();
  return { host, clock, session: new HostConnector({ launcher: host, clock }) };
}

test('looking for a host starts none', async () => {
  const { host, session } = setUp();
  assert.equal(await session.join(), false);
  assert.equal(host.starts, 0);
  host.isRunning = true;
  assert.equal(await session.join(), true);
  assert.equal(session.isConnected, true);
  session.dispose();
});

test('simultaneous first requests start one host', async () => {
  const { host, session } = setUp();
  let connects = 0;
  session.onDidConnect(() => connects++);
  await Promise.all([session.request(listContexts), session.request(listContexts), session.connect()]);
  assert.equal(host.starts, 1);
  assert.equal(connects, 1);
  session.dispose();
});

test('a request during an unsuccessful look for a host starts one', async () => {
  const { host, session } = setUp();
  const [joined] = await Promise.all([session.join(), session.request(listContexts)]);
  assert.equal(joined, false);
  assert.equal(host.starts, 1);
  session.dispose();
});

test('listeners get every new host until they unsubscribe', async () => {
  const { host, session } = setUp();
  const heard: LogEntry[] = [];
  const listener = session.onNotification(logged, (logEntry) => heard.push(logEntry));
  await session.connect();
  host.log(entry);
  host.die();
  await session.connect();
  host.log(entry);
  assert.equal(heard.length, 2);
  listener.dispose();
  host.log(entry);
  assert.equal(heard.length, 2);
  session.dispose();
});

test('a lost host is reported, and after several losses within a minute no other is started unasked', async () => {
  const { host, clock, session } = setUp();
  const losses: boolean[] = [];
  session.onDidLose(({ willRestart }) => losses.push(willRestart));
  for (let i = 0; i < 4; i++) {
    await session.connect();
    host.die();
    assert.equal(session.isConnected, false);
  }
  assert.deepEqual(losses, [true, true, true, false]);
  clock.advance(60_000);
  await session.connect();
  host.die();
  assert.equal(losses.at(-1), true);
  session.dispose();
});

test('a failed start lets the next request try again', async () => {
  const { host, session } = setUp();
  const start = host.start.bind(host);
  host.start = () => Promise.reject(new Error('no runtime'));
  await assert.rejects(session.request(listContexts), /no runtime/);
  host.start = start;
  await session.request(listContexts);
  session.dispose();
});

test('ending the session ends its connection without a loss', async () => {
  const { host, session } = setUp();
  let losses = 0;
  session.onDidLose(() => losses++);
  await session.connect();
  session.dispose();
  host.die();
  assert.equal(losses, 0);
  assert.equal(session.isConnected, false);
});
