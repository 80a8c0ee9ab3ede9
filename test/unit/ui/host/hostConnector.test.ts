import assert from 'node:assert/strict';
import { test } from 'node:test';
import { listContexts } from '../../../../src/rpc/clustersContract.ts';
import { type LogEntry, logged } from '../../../../src/rpc/contract.ts';
import { connector, host, window } from '../../../support/fakeWindow.ts';

const entry: LogEntry = { level: 'info', event: 'hostStarted', arguments: {} };

test('looking for a host starts none', async () => {
  assert.equal(await connector.joinOrRestore(), false);
  assert.equal(host.starts, 0);
  host.isRunning = true;
  assert.equal(await connector.joinOrRestore(), true);
  assert.equal(connector.isConnected, true);
});

test('simultaneous first requests start one host', async () => {
  let connects = 0;
  connector.onDidConnect(() => connects++);
  await Promise.all([connector.request(listContexts), connector.request(listContexts), connector.connect()]);
  assert.equal(host.starts, 1);
  assert.equal(connects, 1);
});

test('a request during an unsuccessful look for a host starts one', async () => {
  const [joined] = await Promise.all([connector.joinOrRestore(), connector.request(listContexts)]);
  assert.equal(joined, false);
  assert.equal(host.starts, 1);
});

test('listeners get every new host until they unsubscribe', async () => {
  const heard: LogEntry[] = [];
  const listener = connector.onNotification(logged, (logEntry) => heard.push(logEntry));
  await connector.connect();
  host.log(entry);
  host.die();
  await connector.connect();
  host.log(entry);
  assert.equal(heard.length, 2);
  listener.dispose();
  host.log(entry);
  assert.equal(heard.length, 2);
});

test('a lost host is reported, and after several losses within a minute no other is started unasked', async () => {
  const losses: boolean[] = [];
  connector.onDidLose(({ willRestart }) => losses.push(willRestart));
  for (let i = 0; i < 4; i++) {
    await connector.connect();
    host.die();
    assert.equal(connector.isConnected, false);
  }
  assert.deepEqual(losses, [true, true, true, false]);
  window.clock.advance(60_000);
  await connector.connect();
  host.die();
  assert.equal(losses.at(-1), true);
});

test('a failed start lets the next request try again', async () => {
  const joinOrStart = host.joinOrStart.bind(host);
  host.joinOrStart = () => Promise.reject(new Error('no runtime'));
  await assert.rejects(connector.request(listContexts), /no runtime/);
  host.joinOrStart = joinOrStart;
  await connector.request(listContexts);
});

test('a connector that is disposed of closes its connection and reports no loss', async () => {
  let losses = 0;
  connector.onDidLose(() => losses++);
  await connector.connect();
  connector.dispose();
  host.die();
  assert.equal(losses, 0);
  assert.equal(connector.isConnected, false);
});
