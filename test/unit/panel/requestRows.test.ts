import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RequestRows } from '../../../src/panel/requestRows.ts';
import { movedTo, rowWindow } from '../../../src/panel/rowWindow.ts';
import { EXCHANGE_LIMIT } from '../../../src/rpc/exchanges.ts';
import { presentExchange } from '../../../src/ui/present/exchangeRows.ts';
import { exchange } from '../../support/exchanges.ts';

test('rows are in the order of their requests, and a changed row keeps its place', () => {
  const rows = new RequestRows();
  rows.put([row(2), row(1)]);
  rows.put([row(3), row(1, 404)]);
  assert.deepEqual(
    rows.matching.map(({ id, status }) => `${id} ${status}`),
    ['1 404', '2 200', '3 200'],
  );
});

test('a filter hides rows, also those that arrive or change later', () => {
  const rows = new RequestRows();
  rows.setFilter('status:4xx');
  rows.put([row(1), row(2, 404)]);
  assert.deepEqual(ids(rows), [2]);
  rows.put([row(1, 400), row(2)]);
  assert.deepEqual(ids(rows), [1]);
  assert.equal(rows.total, 2);
  assert.equal(rows.indexOf(1), 0);
  assert.equal(rows.indexOf(2), -1);
  rows.setFilter('');
  assert.deepEqual(ids(rows), [1, 2]);
});

test('the oldest of too many rows are removed, with the number of the shown ones', () => {
  const rows = new RequestRows();
  rows.setFilter('status:200');
  const all = Array.from({ length: EXCHANGE_LIMIT }, (_, index) => row(index, index % 2 === 0 ? 200 : 500));
  assert.equal(rows.put(all), 0);
  const left = rows.put([row(EXCHANGE_LIMIT), row(EXCHANGE_LIMIT + 1), row(EXCHANGE_LIMIT + 2)]);
  assert.equal(left, 2);
  assert.equal(rows.total, EXCHANGE_LIMIT);
  assert.equal(rows.matching[0]?.id, 4);
});

test('only rows near the visible part are rendered', () => {
  assert.deepEqual(rowWindow(0, 220, 22, 1_000), { first: 0, end: 20 });
  assert.deepEqual(rowWindow(11_000, 220, 22, 1_000), { first: 490, end: 520 });
  assert.deepEqual(rowWindow(21_780, 220, 22, 1_000), { first: 980, end: 1_000 });
  assert.deepEqual(rowWindow(21_780, 220, 22, 3), { first: 3, end: 3 });
  assert.deepEqual(rowWindow(0, 220, 22, 0), { first: 0, end: 0 });
});

test('keys move within the rows', () => {
  assert.equal(movedTo('ArrowDown', 4, 10, 5), 5);
  assert.equal(movedTo('ArrowDown', 9, 10, 5), 9);
  assert.equal(movedTo('ArrowDown', -1, 10, 5), 0);
  assert.equal(movedTo('ArrowUp', 0, 10, 5), 0);
  assert.equal(movedTo('PageDown', 4, 10, 5), 9);
  assert.equal(movedTo('PageUp', 4, 10, 5), 0);
  assert.equal(movedTo('PageDown', 4, 10, -1), 5);
  assert.equal(movedTo('Home', 4, 10, 5), 0);
  assert.equal(movedTo('End', 4, 10, 5), 9);
  assert.equal(movedTo('End', -1, 0, 5), undefined);
  assert.equal(movedTo('a', 4, 10, 5), undefined);
});

function row(id: number, status = 200) {
  return presentExchange(exchange(id, { status }), 'web', () => '');
}

function ids(rows: RequestRows): readonly number[] {
  return rows.matching.map(({ id }) => id);
}
