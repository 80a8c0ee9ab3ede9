import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatDuration } from '../../../../src/base/quantities.ts';
import type { Exchange } from '../../../../src/rpc/exchanges.ts';
import { presentExchange } from '../../../../src/ui/present/exchangeRows.ts';
import { timeFormatter } from '../../../../src/ui/present/format.ts';
import { exchange } from '../../../support/exchanges.ts';

const NOW = Date.UTC(2026, 0, 2, 12);
const TIME = timeFormatter(NOW);

test('the row of a request has a text for each column', () => {
  const { startedAt } = exchange(7);
  assert.deepEqual(present({ id: 7, queryNames: ['page', 'size'] }), {
    id: 7,
    time: TIME(startedAt - 6),
    forward: 'web',
    method: 'GET',
    host: 'localhost:8080',
    path: '/api/items?page&size',
    target: '/api/items?page&size',
    note: '',
    status: '200',
    statusCode: 200,
    level: 'ok',
    duration: '12 ms',
    size: '3.4 kB',
    pod: 'web-1',
    isRecorded: false,
  });
});

test('a request that is still open has no status, and dots for its duration', () => {
  const { status: _, durationMs: __, ...open } = exchange(1);
  const row = presentExchange(open, 'web', TIME);
  assert.equal(row.status, '');
  assert.equal(row.level, 'none');
  assert.equal(row.duration, '…');
  assert.equal('statusCode' in row, false);
});

test('statuses are colored by their class, and a failed gRPC call as an error', () => {
  const levels = [101, 200, 302, 404, 500, 599].map((status) => present({ status }).level);
  assert.deepEqual(levels, ['ok', 'ok', 'redirect', 'clientError', 'serverError', 'serverError']);
  const grpc = (grpcStatus: number) => present({ protocol: 'grpc', status: 200, grpcStatus });
  assert.deepEqual([grpc(0).status, grpc(0).level], ['200 OK', 'ok']);
  assert.deepEqual([grpc(14).status, grpc(14).level], ['200 UNAVAILABLE', 'serverError']);
  assert.equal(grpc(99).status, '200 99');
});

test('a connection that is not HTTP shows its protocol and its note', () => {
  const connection: Exchange = {
    id: 1,
    forward: 'db',
    protocol: 'tls',
    startedAt: NOW,
    requestBytes: 10,
    responseBytes: 20,
    isRecorded: false,
    host: 'db.example',
    note: 'encrypted',
  };
  const row = presentExchange(connection, 'db', TIME);
  assert.deepEqual([row.method, row.target, row.host, row.size], ['TLS', 'encrypted', 'db.example', '20 B']);
  assert.equal(presentExchange({ ...connection, protocol: 'tcp' }, 'db', TIME).method, 'TCP');
});

test('texts of clients and pods have no control characters and a limited length', () => {
  const hostile = '/a\u001b[31m\n\u202e<img src=x onerror=alert(1)>';
  const row = present({ path: hostile, method: 'GE\nT', pod: '\0', note: '\u200b', host: '\r' });
  assert.equal(row.path, '/a\\x1b[31m\\x0a\\u202e<img src=x onerror=alert(1)>');
  assert.deepEqual([row.method, row.pod, row.note, row.host], ['GE\\x0aT', '\\x00', '\\u200b', '\\x0d']);
  assert.ok(present({ path: '/'.repeat(100_000) }).path.length <= 1_000);
});

test('durations have two significant digits', () => {
  const texts = [0, 0.04, 0.44, 9.96, 12.9, 999, 1_000, 1_240, 59_999, 60_000, 125_000].map(formatDuration);
  const expected = '0 ms, 0 ms, 0.4 ms, 10 ms, 12 ms, 999 ms, 1 s, 1.2 s, 59.9 s, 1 min 0 s, 2 min 5 s';
  assert.equal(texts.join(', '), expected);
});

function present(changes: Partial<Exchange>) {
  return presentExchange(exchange(1, changes), 'web', TIME);
}
