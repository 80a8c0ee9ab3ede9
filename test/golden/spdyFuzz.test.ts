import assert from 'node:assert/strict';
import { after, suite, test } from 'node:test';
import { isCoded } from '../../src/base/errors.ts';
import { SpdyConnection } from '../../src/spdy/connection.ts';
import { FrameDecoder } from '../../src/spdy/decoder.ts';
import type { Frame } from '../../src/spdy/frames.ts';
import { type SpdyStream, StreamResetError } from '../../src/spdy/stream.ts';
import { type Cut, everyByte, randomCut, settle, uncut } from '../support/spdyBytes.ts';
import { usedMemory } from '../support/spdyMemory.ts';
import { conversation, mutated } from '../support/spdyMutation.ts';
import { SpdyRandom, testSeed } from '../support/spdyRandom.ts';
import { SpdyTransport } from '../support/spdyTransport.ts';
import { bytesOf, spdyRecordings } from '../support/wireRecording.ts';

// Feeds the decoder and whole connections with mutated recordings and random valid frames. Whatever the input, nothing
// may hang, stay in memory, or fail with another error than PROTOCOL.

// Errors get no stack, because tens of thousands are expected, and stacks would take a tenth of the time. If an error
// is unexpected, the seed in its message is enough to repeat it.
Error.stackTraceLimit = 0;

const DECODED = 162_000;
const PLAYED = 40_000;
const BATCH = 200;
const seed = testSeed();
const corpus = spdyRecordings().flatMap((recording) => [
  bytesOf(recording, 'c>s'),
  bytesOf(recording, 's>c'),
]);
let inputs = 0;

suite(`the fuzzer of frames finds nothing, SEED=${seed}`, { timeout: 300_000 }, () => {
  after(() => assert.ok(inputs >= 200_000, `only ${inputs} inputs`));

  test(`${DECODED} random inputs give the same frames and the same error under two different cuts`, async (t) => {
    const outcomes = { frames: 0, errors: 0 };
    const memory = new MemoryGuard(DECODED);
    for (let input = 0; input < DECODED; input++) {
      const random = new SpdyRandom(seed + input);
      const bytes = mutated(random, corpus);
      const cut = random.below(16) === 0 ? everyByte : randomCut(random);
      const [whole, pieces] = [decode(bytes, uncut), decode(bytes, cut)];
      // Compares first without `assert.equal`, which would build a message even for equal texts.
      if (whole.text !== pieces.text) assert.equal(pieces.text, whole.text, `SEED=${seed + input}`);
      outcomes.frames += whole.frames;
      if (whole.isBroken) outcomes.errors++;
      inputs++;
      await memory.check(input);
    }
    t.diagnostic(JSON.stringify(outcomes));
    // The inputs must be neither all valid nor all invalid.
    assert.ok(outcomes.frames > DECODED);
    assert.ok(outcomes.errors > DECODED / 4 && outcomes.errors < (DECODED * 3) / 4);
  });

  for (const role of ['client', 'server'] as const) {
    test(`a whole connection as ${role} survives ${PLAYED / 2} random inputs`, async (t) => {
      const outcomes = { streams: 0, protocolErrors: 0, sentBytes: 0 };
      const memory = new MemoryGuard(PLAYED / 2);
      for (let input = 0; input < PLAYED / 2; input += BATCH) {
        for (const over of await playBatch(role, seed + input)) {
          outcomes.streams += over.streams;
          outcomes.sentBytes += over.sentBytes;
          if (over.isBroken) outcomes.protocolErrors++;
          inputs++;
        }
        await memory.check(input);
      }
      t.diagnostic(JSON.stringify(outcomes));
      assert.ok(outcomes.streams > PLAYED / 2);
      assert.ok(outcomes.protocolErrors > PLAYED / 20 && outcomes.protocolErrors < PLAYED / 2.2);
    });
  }
});

/** Checks that memory does not grow. Measures it first after a tenth of the inputs, when the caches are filled. */
class MemoryGuard {
  readonly #total: number;
  #atStart = 0;
  #next: number;

  constructor(total: number) {
    this.#total = total;
    this.#next = total / 10;
  }

  async check(input: number): Promise<void> {
    if (input < this.#next) return;
    const used = await usedMemory();
    if (this.#atStart === 0) this.#atStart = used;
    // If each of the tens of thousands of inputs left a buffer of 1 KiB, this limit would be far exceeded.
    assert.ok(
      used - this.#atStart < 8_000_000,
      `grew by ${used - this.#atStart} bytes after ${input} inputs`,
    );
    this.#next += this.#total / 5;
  }
}

function decode(bytes: Buffer, cut: Cut): { text: string; frames: number; isBroken: boolean } {
  const decoder = new FrameDecoder();
  let text = '';
  let frames = 0;
  let dataOf = 0;
  const onFrame = (frame: Frame) => {
    if (frame.type !== 'data') {
      frames++;
      dataOf = 0;
      text += describe(frame);
      return;
    }
    if (frame.streamId !== dataOf) text += `\ndata ${frame.streamId} `;
    dataOf = frame.fin ? 0 : frame.streamId;
    text += `${frame.payload.toString('latin1')}${frame.fin ? '\nfin' : ''}`;
  };
  try {
    for (const piece of cut(bytes)) decoder.write(piece, onFrame);
    return { text, frames, isBroken: false };
  } catch (error) {
    if (!isCoded(error, 'PROTOCOL')) throw error;
    return { text: `${text}\n${error.message}`, frames, isBroken: true };
  }
}

function describe(frame: Frame): string {
  return `\n${JSON.stringify(frame, (_key, value) => (value instanceof Map ? [...value] : value))}`;
}

async function playBatch(role: 'client' | 'server', firstSeed: number) {
  const games = Array.from({ length: BATCH }, (_, index) => new Game(role, firstSeed + index));
  await settle();
  for (const game of games) game.finish();
  await settle();
  return games.map((game) => {
    game.assertOver();
    return {
      streams: game.streams.length,
      sentBytes: game.transport.sent.length,
      isBroken: game.isBroken,
    };
  });
}

/** A tested connection that receives one input. Meanwhile, its streams are used in random ways. */
class Game {
  readonly transport = new SpdyTransport();
  readonly streams: SpdyStream[] = [];
  readonly #random: SpdyRandom;
  readonly #seed: number;
  readonly #connection: SpdyConnection;
  readonly #closes: unknown[] = [];
  #pings = 0;

  constructor(role: 'client' | 'server', seedOfGame: number) {
    this.#seed = seedOfGame;
    this.#random = new SpdyRandom(seedOfGame);
    const random = this.#random;
    this.#connection = new SpdyConnection(this.transport, {
      role,
      maxPeerStreams: 5,
      onStream: (stream) => this.#play(stream),
    });
    this.#connection.onDidClose((error) => this.#closes.push(error));
    if (random.below(8) === 0) this.transport.stall();
    for (let count = random.below(5); count > 0 && !this.#connection.isClosed; count--) {
      this.#play(this.#connection.openStream({ port: '80' }));
    }
    if (random.below(4) === 0) this.#ping();
    const bytes =
      random.below(3) === 0 ? conversation(random, role === 'client' ? 2 : 1) : mutated(random, corpus);
    const cut = random.pick([uncut, everyByte, randomCut(random)]);
    // Large inputs are not cut: delivering tens of thousands of single bytes would take too long.
    for (const piece of (bytes.length > 2_000 ? uncut : cut)(bytes)) this.transport.deliver(piece);
    if (random.below(8) === 0) this.transport.push(null);
    if (random.below(16) === 0) setImmediate(() => this.transport.destroy(new Error('cable cut')));
  }

  get isBroken(): boolean {
    return isCoded(this.#closes[0], 'PROTOCOL');
  }

  finish(): void {
    this.transport.flow();
    for (const stream of this.streams) if (this.#random.below(2) === 0) this.#act(stream);
    this.#connection.destroy();
  }

  assertOver(): void {
    const problem = this.#problem();
    assert.equal(problem, undefined, `SEED=${this.#seed}: ${problem}`);
  }

  #problem(): string | undefined {
    const [reason] = this.#closes;
    if (this.#closes.length !== 1) return `${this.#closes.length} closes`;
    if (reason !== undefined && !isCoded(reason, 'PROTOCOL') && !isCoded(reason, 'LOST_CONNECTION_TO_SERVER'))
      return `closed with ${reason}`;
    if (!this.transport.destroyed) return 'the transport lives on';
    if (this.transport.writableCorked !== 0) return 'the transport is corked';
    if (this.#pings !== 0) return 'a ping is pending';
    const left = this.streams.filter((stream) => !stream.destroyed);
    // Streams that are complete may outlive the connection, because their data can still be read.
    for (const stream of left) stream.destroy();
    if (this.#connection.streamCount !== 0) return 'streams are left';
    const strange = this.streams.find(
      ({ errored }) => errored !== null && !(errored instanceof StreamResetError) && !isCoded(errored),
    );
    return strange && `a stream with ${strange.errored}`;
  }

  #play(stream: SpdyStream): void {
    this.streams.push(stream);
    for (let count = this.#random.below(4); count > 0; count--) this.#act(stream);
  }

  #act(stream: SpdyStream): void {
    const acts = [
      () => stream.resume(),
      () => stream.pause(),
      () => stream.on('data', () => {}),
      () => stream.once('data', () => stream.destroy()),
      () => stream.on('data', (chunk: Buffer) => stream.writable && stream.write(chunk)),
      () => stream.reply(),
      () => stream.writable && stream.write(Buffer.alloc(this.#random.below(200))),
      () => stream.writable && stream.write(Buffer.alloc(this.#random.below(6) === 0 ? 100_000 : 1)),
      () => stream.end(),
      () => stream.reset(this.#random.below(10)),
      () => stream.destroy(),
      () => this.#ping(),
      () => this.#random.below(10) === 0 && this.#connection.goAway(),
      () => this.#random.below(10) === 0 && this.#connection.destroy(),
    ];
    this.#random.pick(acts)();
  }

  #ping(): void {
    this.#pings++;
    const settled = () => {
      this.#pings--;
    };
    this.#connection.ping().then(settled, settled);
  }
}
