import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import {
  type Exchange,
  type ExchangeFilter,
  listExchanges,
  REDACTED,
} from '../../../../src/rpc/exchanges.ts';
import { listRequests } from '../../../../src/ui/tools/listRequests.ts';
import { exchange, recorded } from '../../../support/exchanges.ts';
import { connector, host, window } from '../../../support/fakeWindow.ts';
import { forward } from '../../../support/uiRows.ts';

let kept: readonly Exchange[];

beforeEach(async () => {
  kept = [];
  host.answers.set(listExchanges.method, ({ forward: id }: ExchangeFilter) =>
    kept.filter((one) => id === undefined || one.forward === id),
  );
  await connector.connect();
  host.setForwards([forward('web', { requestLog: 'metadata' }), forward('db')]);
});

function list(input: Parameters<typeof listRequests>[1]) {
  return listRequests(
    { requests: window.requests, forwards: window.forwards, gateways: { all: [] } },
    input,
  ) as Promise<{
    readonly requests: readonly Record<string, unknown>[];
    readonly omitted: number;
    readonly notLogged: readonly string[];
  }>;
}

test('an agent gets the requests as data, and the forwards without a log', async () => {
  kept = [exchange(1)];
  const { isRecorded: _, ...row } = exchange(1);
  assert.deepEqual(await list({}), {
    requests: [{ ...row, startedAt: '2026-01-02T10:02:11.001Z' }],
    omitted: 0,
    notLogged: ['db'],
  });
});

test('a filter and a forward select requests, and only the latest 100 are listed', async () => {
  kept = Array.from({ length: 150 }, (_, id) => exchange(id, { status: id % 2 === 0 ? 200 : 500 }));
  assert.equal((await list({ filter: 'status:5xx' })).requests.length, 75);
  const all = await list({ forward: 'web' });
  assert.equal(all.requests[0]?.['id'], 50);
  assert.equal(all.omitted, 50);
  assert.deepEqual(all.notLogged, []);
  assert.deepEqual((await list({ forward: 'db' })).requests, []);
  assert.deepEqual((await list({ forward: 'db' })).notLogged, ['db']);
});

test('no header and no body reaches an agent, recorded or not', async () => {
  kept = [recorded({ query: `token=${REDACTED}&page=planted` })].map((details) => {
    const { request: _, response: __, query: ___, ...row } = details;
    return row;
  });
  assert.doesNotMatch(JSON.stringify(await list({})), /planted|items":\[1|application/);
});
