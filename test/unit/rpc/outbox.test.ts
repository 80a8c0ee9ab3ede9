import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { MessageConnection } from 'vscode-jsonrpc';
import type { ViewSnapshot } from '../../../src/rpc/clustersContract.ts';
import type { LogEntry } from '../../../src/rpc/contract.ts';
import { Outbox } from '../../../src/rpc/outbox.ts';

/** A client that reads one message each time the test calls `readOne`. */
class SlowClient {
  readonly read: unknown[] = [];
  #waiting: (() => void)[] = [];
  isGone = false;

  readonly connection = {
    sendNotification: (method: string, parameters: unknown) =>
      new Promise<void>((resolve, reject) => {
        if (this.isGone) return reject(new Error('gone'));
        this.#waiting.push(() => {
          this.read.push([method, parameters]);
          resolve();
        });
      }),
  } as unknown as MessageConnection;

  get pending(): number {
    return this.#waiting.length;
  }

  async readOne(): Promise<void> {
    this.#waiting.shift()?.();
    await new Promise((resolve) => setImmediate(resolve));
  }
}

const view = (viewId: number, total: number): ViewSnapshot => ({
  viewId,
  rows: [],
  matching: 0,
  total,
  isLoaded: true,
});
const line = (connection: number): LogEntry => ({
  level: 'info',
  event: 'connection',
  arguments: { connection },
});

test('a client that does not read has one message on its way, and then gets the present state', async () => {
  const client = new SlowClient();
  const outbox = new Outbox(client.connection);
  for (let total = 1; total <= 1_000; total++) {
    outbox.viewChanged(view(1, total));
    outbox.viewChanged(view(2, total));
    outbox.forwardsChanged([]);
  }
  assert.equal(client.pending, 1);
  for (let reads = 0; reads < 10; reads++) await client.readOne();
  assert.deepEqual(client.read, [
    ['clusters/viewChanged', view(1, 1)],
    ['clusters/viewChanged', view(2, 1_000)],
    ['forwards/changed', []],
    ['clusters/viewChanged', view(1, 1_000)],
  ]);
});

test('all log lines arrive in order, and the oldest of too many are dropped', async () => {
  const client = new SlowClient();
  const outbox = new Outbox(client.connection);
  for (let index = 0; index < 2_501; index++) outbox.logged(line(index));
  while (client.pending > 0) await client.readOne();
  assert.equal(client.read.length, 2_001);
  assert.deepEqual(client.read[0], ['log', line(0)]);
  assert.deepEqual(client.read[1], ['log', line(501)]);
  assert.deepEqual(client.read.at(-1), ['log', line(2_500)]);
});

test('nothing is kept for a client that is gone', async () => {
  const client = new SlowClient();
  client.isGone = true;
  const outbox = new Outbox(client.connection);
  outbox.forwardsChanged([]);
  await new Promise((resolve) => setImmediate(resolve));
  outbox.logged(line(1));
  assert.equal(client.pending, 0);
});
