import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { MessageConnection } from 'vscode-jsonrpc';
import { EXCHANGE_LIMIT, type Exchange } from '../../../src/rpc/exchanges.ts';
import { Outbox } from '../../../src/rpc/outbox.ts';

const row = (id: number, forward: string, responseBytes = 0): Exchange => ({
  ...{ id, forward, protocol: 'http/1', startedAt: 0, requestBytes: 0, responseBytes, isRecorded: false },
});

/** Returns a client that has read nothing yet. Messages that it reads later are recorded as methods and parameters. */
function slowClient() {
  const sent: unknown[] = [];
  const gate = Promise.withResolvers<void>();
  const connection = {
    sendNotification: async (method: string, parameters: unknown) => {
      sent.push([method, parameters]);
      await gate.promise;
    },
  } as unknown as MessageConnection;
  const outbox = new Outbox(connection);
  const read = async () => {
    gate.resolve();
    await new Promise((resolve) => setImmediate(resolve));
    return sent.slice(1);
  };
  // This message is sent at once. Later ones wait in the outbox until the client has read it.
  outbox.forwardsChanged([]);
  return { outbox, read };
}

test('a client that does not read gets the latest state of each row, and the last thousand rows', async () => {
  const { outbox, read } = slowClient();
  for (let id = 1; id <= EXCHANGE_LIMIT + 5; id++) outbox.exchangesChanged([row(id, '1'), row(id, '1', 7)]);
  const [message, ...others] = await read();
  assert.deepEqual(others, []);
  const [method, { exchanges }] = message as [string, { exchanges: readonly Exchange[] }];
  assert.equal(method, 'exchanges/changed');
  assert.equal(exchanges.length, EXCHANGE_LIMIT);
  assert.deepEqual(exchanges[0], row(6, '1', 7));
});

test('rows that come after a clearing are not cleared with those before it', async () => {
  const { outbox, read } = slowClient();
  outbox.exchangesChanged([row(1, '1'), row(2, '2')]);
  outbox.exchangesCleared({ forward: '1' });
  outbox.exchangesChanged([row(3, '1')]);
  assert.deepEqual(await read(), [
    ['exchanges/cleared', { forward: '1' }],
    ['exchanges/changed', { exchanges: [row(2, '2'), row(3, '1')] }],
  ]);
});
