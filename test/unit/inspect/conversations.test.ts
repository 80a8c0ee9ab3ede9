import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import type { Exchange } from '../../../src/kinds/exchange.ts';
import { isSoak } from '../../support/soak.ts';
import { usedMemory } from '../../support/spdyMemory.ts';
import { SpdyRandom, testSeed } from '../../support/spdyRandom.ts';
import {
  recordedConversations,
  resplit,
  type Step,
  TappedConversation,
  timeless,
} from '../../support/tappedConversation.ts';

/** How many mutated conversations are played. */
const MUTATIONS = isSoak() ? 200_000 : 20_000;
const SPLITS = 12;
const random = new SpdyRandom(testSeed());
const recorded = recordedConversations();

/** Protocol, method, path, status and sizes of the rows of each recording; of gRPC the status, of WebSocket the messages. */
const EXPECTED: Readonly<Record<string, readonly string[]>> = {
  'chromium-page': [
    'http/1 GET / 200 0/331',
    'http/1 GET /style.css 200 0/16',
    'http/1 GET /logo.svg 200 0/41',
    'http/1 POST /api/items 200 42/71',
    'http/1 GET /missing 404 0/9',
    'http/1 GET / 200 0/331',
    'http/1 GET /style.css 200 0/16',
    'http/1 GET /logo.svg 200 0/41',
    'http/1 POST /api/items 200 42/71',
    'http/1 GET /missing 404 0/9',
  ],
  'curl-chunked-upload': ['http/1 PUT /echo 200 20000/20000'],
  'curl-early-413': ['http/1 POST /too-large 413 70000/9'],
  'curl-form': ['http/1 POST /echo 200 40/40', 'http/1 POST /echo 200 258/258'],
  'curl-http2': ['http/2 GET /api/items 200 0/3017'],
  'curl-keep-alive': [
    'http/1 GET /api/items 200 0/70',
    'http/1 GET /empty 204 0/0',
    'http/1 GET /cached 304 0/0',
    'http/1 HEAD / 200 0/0',
    'http/1 GET /fails 500 0/8',
    'http/1 GET /chunked 200 0/13',
    'http/1 GET /hints 200 0/11',
  ],
  'curl-refused-upgrade': ['http/1 GET /api/items 200 0/70', 'http/1 GET /empty 204 0/0'],
  'curl-reset': ['http/1 GET /reset 200 0/13 (the connection ended before the response was complete)'],
  'curl-tls': ['tls shop.test 731/1671 (encrypted; the client offers h2, http/1.1)'],
  'curl-unknown-method': [
    'http/1 GET /empty 204 0/0',
    'http/1 0/0 (logging stopped: invalid HTTP/1 message)',
  ],
  'curl-until-close': ['http/1 GET /until-close 200 0/25'],
  grpc: [
    'grpc POST /shop.Items/Get 200 grpc 0 8/12',
    'grpc POST /shop.Items/Get 200 grpc 5 9/0',
    'grpc POST /shop.Items/Watch 200 grpc 0 8/33',
  ],
  'node-agent': [
    'http/1 GET /api/items 200 0/70',
    'http/1 POST /api/items 200 70000/74',
    'http/1 DELETE /empty 204 0/0',
    'http/1 GET /chunked 200 0/13',
  ],
  'node-http2': [
    'http/2 GET /one 200 0/3017',
    'http/2 POST /two 200 5000/3020',
    'http/2 GET /fails 0/0 (the stream was reset: INTERNAL_ERROR)',
    'http/2 GET /empty 204 0/0',
  ],
  'node-pipelined': [
    'http/1 GET /chunked 200 0/13',
    'http/1 HEAD / 200 0/0',
    'http/1 GET /cached 304 0/0',
    'http/1 GET /style.css 200 0/16',
    'http/1 GET /missing 404 0/9',
  ],
  'python-http-1.0': ['http/1 GET /one 200 0/5', 'http/1 HEAD /two 200 0/0', 'http/1 POST /three 200 4/9'],
  'python-keep-alive': ['http/1 GET /one 200 0/5', 'http/1 HEAD /two 200 0/0', 'http/1 POST /three 200 4/9'],
  ws: ['websocket GET /live 101 70305/319 3/6 messages'],
};

suite('a conversation of real programs', () => {
  test('is recorded for each expectation', () => {
    assert.deepEqual(new Set(recorded.map(({ name }) => name)), new Set(Object.keys(EXPECTED)));
  });

  for (const { name, about, steps } of recorded) {
    test(`${name} (${about}) has its rows, however its bytes are split`, () => {
      const whole = new TappedConversation();
      const rows = whole.play(steps);
      assert.deepEqual(rows.map(summary), EXPECTED[name]);
      const expected = rows.map(timeless);
      for (let count = 0; count < SPLITS; count++) {
        const conversation = new TappedConversation(count % 2 === 0 ? 'metadata' : 'record');
        const split = conversation.play(resplit(random, steps)).map(timeless);
        assert.deepEqual(
          split.map((row) => ({ ...row, isRecorded: false })),
          expected,
          `split ${count} of seed ${testSeed()}`,
        );
      }
    });
  }
});

test('a log that is switched on at any time shows only exchanges that took place', () => {
  let shown = 0;
  for (const { name, steps } of recorded) {
    const expected = new Set(EXPECTED[name]);
    const split = resplit(random, steps);
    const step = Math.max(1, Math.floor(split.length / 60));
    for (let at = 1; at < split.length; at += step) {
      for (const row of new TappedConversation('off').play(split, at)) {
        // Of HTTP/2 and of methods that nobody knows a row says that there is more.
        if (row.note?.startsWith('opened before') || row.note?.startsWith('not followed')) continue;
        assert.ok(expected.has(summary(row)), `${name} from step ${at}: ${summary(row)}`);
        shown++;
      }
    }
  }
  assert.ok(shown > 300, `${shown} rows`);
});

test('planted secrets are in no row, and in no recording', async () => {
  const bytes = recorded.flatMap(({ steps }) => steps.flatMap(({ bytes: chunk }) => chunk ?? []));
  assert.ok(
    Buffer.concat(bytes)
      .toString('latin1')
      .match(/planted-/g)?.length ?? 0 > 10,
  );
  for (const { name, steps } of recorded) {
    const metadata = new TappedConversation();
    assert.ok(!JSON.stringify(metadata.play(steps)).includes('planted-'), name);
    const conversation = new TappedConversation('record');
    for (const { id } of conversation.play(steps)) {
      const { request, response, ...rest } = await conversation.log.exchanges.read(id);
      const heads = JSON.stringify([request.head, response.head, rest]);
      const bodies = [request, response].map(({ body }) => Buffer.from(body, 'base64').toString('latin1'));
      assert.ok(
        !heads.includes('planted-') && !bodies.join().includes('planted-'),
        `${name}: ${heads} ${bodies}`,
      );
    }
  }
});

test('mutated conversations do nothing but end, and leave no memory behind', async () => {
  const corpus = recorded.flatMap(({ steps }) => connectionsOf(steps));
  let before = 0;
  for (let count = 0; count < MUTATIONS; count++) {
    const isLate = count % 5 === 0;
    const conversation = new TappedConversation(isLate ? 'off' : count % 3 === 0 ? 'record' : 'metadata');
    const steps = mutated(random, corpus);
    const rows = conversation.play(steps, isLate ? random.below(steps.length + 1) : undefined);
    const odd = rows.find(
      ({ durationMs, requestBytes, responseBytes }) =>
        durationMs === undefined || !(requestBytes >= 0) || !(responseBytes >= 0),
    );
    assert.equal(odd, undefined, `mutation ${count} of seed ${testSeed()}`);
    conversation.log.dispose();
    // Bodies are redacted between turns.
    if (count % 100 === 0) await new Promise((resolve) => setImmediate(resolve));
    if (count === 1_000) before = await usedMemory();
  }
  const more = (await usedMemory()) - before;
  assert.ok(more < 5_000_000, `${more} bytes more`);
});

function summary(row: Exchange): string {
  const { protocol, method, host, path, status, grpcStatus, note } = row;
  const words = [
    protocol,
    method ?? '',
    path ?? (protocol === 'tls' ? host : '') ?? '',
    status ?? '',
    grpcStatus === undefined ? '' : `grpc ${grpcStatus}`,
    `${row.requestBytes}/${row.responseBytes}`,
    row.requestMessages === undefined ? '' : `${row.requestMessages}/${row.responseMessages} messages`,
    note === undefined ? '' : `(${note})`,
  ];
  return words.filter((word) => word !== '').join(' ');
}

/** The connections of a recording, each by itself. */
function connectionsOf(steps: readonly Step[]): readonly (readonly Step[])[] {
  const numbers = new Set(steps.map(({ connection }) => connection));
  return [...numbers].map((number) => steps.filter(({ connection }) => connection === number));
}

/** A conversation after a few accidents: bits, bytes, pieces and turns that are other than they were. */
function mutated(from: SpdyRandom, corpus: readonly (readonly Step[])[]): readonly Step[] {
  // Large bodies take long to copy, and show nothing that small ones do not.
  let steps = from
    .pick(corpus)
    .map((step) => ({ ...step, ...(step.bytes && { bytes: step.bytes.subarray(0, 1_500) }) }));
  for (let count = from.below(4); count >= 0; count--) {
    const index = from.below(steps.length);
    const step = steps[index];
    if (step?.bytes === undefined || step.bytes.length === 0) continue;
    const bytes = Buffer.from(step.bytes);
    const at = from.below(bytes.length);
    const other = from.pick(from.pick(corpus)).bytes ?? bytes;
    const changed = from.pick([
      () => [flipped(bytes, at, from.below(8))],
      () => [bytes.subarray(0, at)],
      () => [Buffer.concat([bytes.subarray(0, at), bytes.subarray(from.below(bytes.length))])],
      () => [Buffer.concat([bytes.subarray(0, at), other.subarray(0, 500), bytes.subarray(at)])],
      () => [bytes.subarray(0, at), bytes.subarray(at)],
      () => [replaced(bytes, from)],
      () => [bytes, bytes],
      () => [],
    ])();
    const replacement = changed.map((piece) => ({ ...step, bytes: piece }));
    if (from.below(10) === 0) steps = steps.toReversed();
    steps = [...steps.slice(0, index), ...replacement, ...steps.slice(index + 1)];
    if (steps.length === 0) break;
  }
  return steps;
}

function flipped(bytes: Buffer, at: number, bit: number): Buffer {
  bytes[at] = (bytes[at] ?? 0) ^ (1 << bit);
  return bytes;
}

/** Other numbers and words in the text, which decide how long a message is. */
function replaced(bytes: Buffer, from: SpdyRandom): Buffer {
  const words = [
    '-1',
    '-20',
    '0',
    '99999999999',
    '1e3',
    'x',
    'chunked',
    'close',
    'HEAD',
    'CONNECT',
    'Upgrade',
    '101',
    '304',
    '100',
    'gzip',
    '\r\n',
    '\n',
  ];
  return Buffer.from(
    bytes
      .toString('latin1')
      .replace(/\d+|GET|POST|Content-Length|Transfer-Encoding|Connection/g, (found) =>
        from.below(4) === 0 ? from.pick(words) : found,
      ),
    'latin1',
  );
}
