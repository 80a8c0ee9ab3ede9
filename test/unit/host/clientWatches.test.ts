import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ExchangeWatch } from '../../../src/host/clientWatches.ts';
import { ExchangeLog } from '../../../src/inspect/exchangeLog.ts';
import type { Exchange } from '../../../src/kinds/exchange.ts';
import { FakeClock } from '../../support/fakeClock.ts';
import { columns, fieldOf } from '../../support/fields.ts';

/** Returns a client's watch of the request log, and the messages that the client gets. */
function watched(forward?: string) {
  const log = new ExchangeLog();
  const clock = new FakeClock();
  const batches: (readonly Exchange[])[] = [];
  const cleared: unknown[] = [];
  const watch = new ExchangeWatch(log, forward === undefined ? {} : { forward }, clock, {
    exchangesChanged: (exchanges) => batches.push(exchanges),
    exchangesCleared: (filter) => cleared.push(filter),
  });
  const begin = (of: string) =>
    log.begin({ forward: of, pod: 'web', protocol: 'http/1', startMs: 0, startedAt: 0 }, false);
  return { log, clock, batches, cleared, watch, begin };
}

test('changed rows are sent in batches, at most ten times a second, each in its latest state', () => {
  const { clock, batches, begin } = watched();
  const first = begin('1');
  for (let count = 0; count < 1_000; count++) {
    first.addResponseBytes(10);
    clock.advance(1);
  }
  assert.ok(batches.length <= 10, `${batches.length} batches`);
  first.finish(5);
  begin('2');
  clock.advance(100);
  assert.deepEqual(columns(batches.at(-1), 'id', 'durationMs', 'responseBytes'), [
    [1, 5, 10_000],
    [2, undefined, 0],
  ]);
});

test('a watch of one forward reports no other forward and no cleared rows', () => {
  const { log, clock, batches, cleared, begin } = watched('1');
  begin('1');
  begin('2');
  log.clear('1');
  clock.advance(1_000);
  assert.deepEqual(batches, []);
  const kept = begin('1');
  begin('2');
  clock.advance(1_000);
  assert.deepEqual(fieldOf(batches.flat(), 'id'), [kept.id]);
  assert.deepEqual(cleared, [{ forward: '1' }]);
});

test('an ended watch sets no timer and sends nothing', () => {
  const { clock, batches, watch, begin } = watched();
  begin('1');
  watch.dispose();
  begin('1');
  assert.equal(clock.pending, 0);
  clock.advance(1_000);
  assert.deepEqual(batches, []);
});
