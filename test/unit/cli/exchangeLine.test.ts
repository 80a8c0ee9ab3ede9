import assert from 'node:assert/strict';
import { test } from 'node:test';
import { exchangeFields, exchangeLine } from '../../../src/cli/exchangeLine.ts';
import type { Exchange } from '../../../src/kinds/exchange.ts';
import { exchange as exchangeOf } from '../../support/exchanges.ts';

const exchange = exchangeOf(7, {
  ...{ forward: '1', startedAt: new Date(2026, 10, 29, 10, 2, 11).getTime(), host: 'shop.test' },
  ...{ firstByteMs: 9, durationMs: 12.3 },
});
const without = (...names: readonly (keyof Exchange)[]): Exchange =>
  Object.fromEntries(
    Object.entries(exchange).filter(([name]) => !(names as string[]).includes(name)),
  ) as never;

test('a line has time, method, path, status, duration, size and pod', () => {
  assert.equal(exchangeLine(exchange), '10:02:11 GET /api/items 200 12 ms 3.4 kB pod/web-1');
});

test('a line shows the special facts of its exchange', () => {
  const webSocket = { protocol: 'websocket', status: 101, requestMessages: 3, responseMessages: 9 } as const;
  const lines: readonly (readonly [Exchange, string])[] = [
    [{ ...exchange, queryNames: ['page', 'q'] }, '10:02:11 GET /api/items?page&q 200 12 ms 3.4 kB pod/web-1'],
    [
      { ...exchange, grpcStatus: 5, durationMs: 0.42 },
      '10:02:11 GET /api/items 200 grpc-status 5 0.4 ms 3.4 kB pod/web-1',
    ],
    [
      { ...without('status'), note: 'it ended' },
      '10:02:11 GET /api/items - 12 ms 3.4 kB pod/web-1 (it ended)',
    ],
    [
      { ...exchange, ...webSocket, durationMs: 28_400 },
      '10:02:11 GET /api/items 101 28.4 s 3.4 kB 3 messages sent, 9 received pod/web-1',
    ],
    [
      { ...without('method', 'path', 'status', 'pod'), protocol: 'tls', durationMs: 180_000 },
      '10:02:11 TLS shop.test 3 min 0 s 3.4 kB',
    ],
  ];
  for (const [row, line] of lines) assert.equal(exchangeLine(row), line);
});

test('texts of the two ends become one line of bounded length without control characters', () => {
  const line = exchangeLine({ ...exchange, path: `/\u001b[31m\n${'x'.repeat(3_000)}` });
  assert.match(line, /^10:02:11 GET \/\\x1b\[31m\\x0ax+… 200 /);
  assert.ok(line.length < 300);
});

test('a program gets the fields with the time as text', () => {
  const { startedAt, forward, ...rest } = exchange;
  assert.equal(forward, '1');
  assert.deepEqual(exchangeFields(exchange), { ...rest, startedAt: new Date(startedAt).toISOString() });
});
