import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { connectionsOf, EXPECTED_ROWS, summary } from '../../support/expectedRows.ts';
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

/** The number of mutated conversations. */
const MUTATIONS = isSoak() ? 200_000 : 20_000;
const SPLITS = 12;
const random = new SpdyRandom(testSeed());
const recorded = recordedConversations();

suite('a conversation of real programs', () => {
  test('is recorded for each expectation', () => {
    assert.deepEqual(new Set(recorded.map(({ name }) => name)), new Set(Object.keys(EXPECTED_ROWS)));
  });

  for (const { name, about, steps } of recorded) {
    test(`${name} (${about}) has its rows, however its bytes are split`, () => {
      const whole = new TappedConversation();
      const rows = whole.play(steps);
      assert.deepEqual(rows.map(summary), EXPECTED_ROWS[name]);
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
    const expected = new Set(EXPECTED_ROWS[name]);
    const split = resplit(random, steps);
    const step = Math.max(1, Math.floor(split.length / 60));
    for (let at = 1; at < split.length; at += step) {
      for (const row of new TappedConversation('off').play(split, at)) {
        // Rows with these notes show the rest of an HTTP/2 connection or of an unknown request, not a single exchange.
        if (row.note?.startsWith('opened before') || row.note?.startsWith('logging stopped')) continue;
        assert.ok(expected.has(summary(row)), `${name} from step ${at}: ${summary(row)}`);
        shown++;
      }
    }
  }
  assert.ok(shown > 300, `${shown} rows`);
});

test('planted secrets are in no row and no recording', async () => {
  const bytes = recorded.flatMap(({ steps }) => steps.flatMap(({ bytes: chunk }) => chunk ?? []));
  const planted = Buffer.concat(bytes).toString('latin1').split('planted-').length - 1;
  assert.ok(planted > 10, `${planted} planted secrets`);
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

test('mutated conversations end without an error and leave no memory behind', async () => {
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
    // Bodies are redacted in later turns of the event loop, so lets it turn sometimes. Otherwise they would pile up.
    if (count % 100 === 0) await new Promise((resolve) => setImmediate(resolve));
    if (count === 1_000) before = await usedMemory();
  }
  const more = (await usedMemory()) - before;
  assert.ok(more < 5_000_000, `${more} bytes more`);
});

/** Returns a random recorded connection with random damage: changed, lost and repeated bytes, or swapped steps. */
function mutated(from: SpdyRandom, corpus: readonly (readonly Step[])[]): readonly Step[] {
  // Cuts large bodies: copying them takes long, and small ones find the same errors.
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

/** Replaces some numbers and words that determine how long a message is. */
function replaced(bytes: Buffer, from: SpdyRandom): Buffer {
  const words =
    '-1 -20 0 99999999999 1e3 x chunked close HEAD CONNECT Upgrade 101 304 100 gzip \r\n \n'.split(' ');
  return Buffer.from(
    bytes
      .toString('latin1')
      .replace(/\d+|GET|POST|Content-Length|Transfer-Encoding|Connection/g, (found) =>
        from.below(4) === 0 ? from.pick(words) : found,
      ),
    'latin1',
  );
}
