import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { suite, test } from 'node:test';
import { FrameDecoder } from '../../src/spdy/decoder.ts';
import {
  encodeDataHeader,
  encodeGoAway,
  encodePing,
  encodeRstStream,
  encodeSynReply,
  encodeSynStream,
} from '../../src/spdy/encoder.ts';
import type { Frame } from '../../src/spdy/frames.ts';
import { HeaderCompressor, HeaderDecompressor } from '../../src/spdy/headerBlock.ts';
import { type Cut, everyByte, randomCut, uncut } from '../support/spdyBytes.ts';
import { SpdyRandom, testSeed } from '../support/spdyRandom.ts';
import {
  dataLine,
  headersText,
  type RawFrame,
  ReferenceInflate,
  ReferenceReader,
  readHeaders,
  transcript,
} from '../support/spdyReference.ts';
import { expectedStreams, type Replay, replay } from '../support/spdyReplay.ts';
import { bytesOf, type Direction, spdyRecordings, type WireRecording } from '../support/wireRecording.ts';

// Plays the conversations of kubectl and real API servers against our decoder and our connections.

const DIRECTIONS = ['c>s', 's>c'] as const;
const RANDOM_CUTS = 40;
const seed = testSeed();
const recordings = spdyRecordings();

test('the recordings include every one that contains SPDY', () => {
  assert.equal(recordings.length, 15);
  for (const recording of recordings)
    for (const direction of DIRECTIONS) assert.ok(bytesOf(recording, direction).length > 0);
});

for (const recording of recordings) {
  suite(recording.name, () => {
    const expected = readFileSync(new URL(`transcripts/${recording.name}.txt`, import.meta.url), 'utf8')
      .trim()
      .split('\n');

    test('the reference decoder reads the recording as its transcript says', async () => {
      const lines = (await readFrames(recording)).flatMap(({ direction, frame }) =>
        transcript([frame]).map((line) => `${direction} ${line}`),
      );
      assert.deepEqual(lines, expected);
    });

    for (const direction of DIRECTIONS) {
      const lines = expected.filter((line) => line.startsWith(direction)).map((line) => line.slice(4));

      test(`${direction}: our decoder reads the transcript, however the bytes are cut`, () => {
        const bytes = bytesOf(recording, direction);
        assert.deepEqual(decode([bytes]), lines);
        const recorded = recording.pieces.filter((piece) => piece.direction === direction);
        assert.deepEqual(decode(recorded.map((piece) => piece.bytes)), lines);
        assert.deepEqual(decode(everyByte(bytes)), lines);
        for (let run = 0; run < RANDOM_CUTS; run++) {
          assert.deepEqual(decode(randomCut(new SpdyRandom(seed + run))(bytes)), lines, `seed ${seed + run}`);
        }
      });

      test(`${direction}: our encoder produces the same bytes as the recording`, async () => {
        for (const { kind, bytes, body, fin, streamId, headers } of await readDirection(
          recording,
          direction,
        )) {
          if (kind === 'DATA') {
            assert.deepEqual(Buffer.concat([encodeDataHeader(streamId, body.length, fin), body]), bytes);
          } else if (kind === 'RST_STREAM') {
            assert.deepEqual(encodeRstStream(streamId, body.readUInt32BE(4)), bytes);
          } else if (kind === 'PING') {
            assert.deepEqual(encodePing(body.readUInt32BE(0)), bytes);
          } else if (kind === 'GOAWAY') {
            assert.deepEqual(encodeGoAway(body.readUInt32BE(0), body.readUInt32BE(4)), bytes);
          } else if (kind === 'SYN_STREAM') {
            const ours = encodeSynStream(streamId, headers, new HeaderCompressor());
            assert.deepEqual(withoutLength(ours, 18), withoutLength(bytes, 18));
          } else {
            const ours = encodeSynReply(streamId, headers, new HeaderCompressor());
            assert.equal(kind, 'SYN_REPLY');
            assert.deepEqual(withoutLength(ours, 12), withoutLength(bytes, 12));
          }
        }
      });

      test(`${direction}: our header compression and zlib read each other's blocks`, async () => {
        const compressor = new HeaderCompressor();
        const decompressor = new HeaderDecompressor(1024);
        const [theirs, ours] = [new ReferenceInflate(), new ReferenceInflate()];
        for (const frame of await readDirection(recording, direction)) {
          if (frame.kind !== 'SYN_STREAM' && frame.kind !== 'SYN_REPLY') continue;
          const block = frame.body.subarray(frame.kind === 'SYN_STREAM' ? 10 : 4);
          assert.deepEqual([...decompressor.decompress(block)], frame.headers);
          const plain = await theirs.inflate(block);
          assert.deepEqual(readHeaders(plain), frame.headers);
          assert.deepEqual(await ours.inflate(compressor.compress(frame.headers)), plain);
        }
      });
    }

    for (const role of ['client', 'server'] as const) {
      const cuts: [string, (run: number) => Cut, number][] = [
        ['as recorded', () => uncut, 1],
        ['byte by byte', () => everyByte, 1],
        [`cut at random, seed ${seed}`, (run) => randomCut(new SpdyRandom(seed + run)), RANDOM_CUTS],
      ];
      for (const [name, cutOf, runs] of cuts) {
        test(`our ${role} repeats the recorded conversation ${name}`, async () => {
          const frames = await readFrames(recording);
          for (let run = 0; run < runs; run++) {
            await assertReplay(await replay(recording, role, cutOf(run)), frames, role);
          }
        });
      }
    }
  });
}

async function assertReplay(
  result: Replay,
  frames: Awaited<ReturnType<typeof readFrames>>,
  role: 'client' | 'server',
): Promise<void> {
  assert.deepEqual(result.streams, expectedStreams(frames, role));
  const ours = frames.filter(({ direction }) => direction === (role === 'client' ? 'c>s' : 's>c'));
  const opened = frames.filter(({ frame }) => frame.kind === 'SYN_STREAM').map(({ frame }) => frame.streamId);
  assert.deepEqual(result.accepted, role === 'server' ? opened : []);
  const reader = new ReferenceReader();
  const sent = await reader.read(result.sent);
  assert.equal(reader.restLength, 0);
  // Our side must send the same frames as the recorded side, including replies and answers to pings.
  assert.deepEqual(
    sent.map((frame) => transcript([frame])),
    ours.map(({ frame }) => transcript([frame])),
  );
  const hasNoHeaders = ({ kind }: RawFrame) => !kind.startsWith('SYN_');
  assert.deepEqual(
    sent.filter(hasNoHeaders).map(({ bytes }) => bytes),
    ours.filter(({ frame }) => hasNoHeaders(frame)).map(({ frame }) => frame.bytes),
  );
  const pings = ours.filter(({ frame }) => frame.kind === 'PING').length;
  assert.equal(result.answeredPings, role === 'client' ? pings : 0);
}

async function readFrames(recording: WireRecording): Promise<{ direction: Direction; frame: RawFrame }[]> {
  const readers = { 'c>s': new ReferenceReader(), 's>c': new ReferenceReader() };
  const frames: { direction: Direction; frame: RawFrame }[] = [];
  for (const { direction, bytes } of recording.pieces) {
    for (const frame of await readers[direction].read(bytes)) frames.push({ direction, frame });
  }
  for (const direction of DIRECTIONS) assert.equal(readers[direction].restLength, 0);
  return frames;
}

async function readDirection(recording: WireRecording, direction: Direction): Promise<RawFrame[]> {
  return new ReferenceReader().read(bytesOf(recording, direction));
}

/**
 * Returns the first `length` bytes of a frame: those before its header block. Sets the length field of the frame to 0,
 * because its value varies with the compression.
 */
function withoutLength(frame: Buffer, length: number): Buffer {
  return Buffer.from(frame.subarray(0, length)).fill(0, 5, 8);
}

/** Decodes the pieces with our decoder. Returns the frames as lines in the format of the transcripts. */
function decode(pieces: readonly Buffer[]): string[] {
  const lines: string[] = [];
  let data: { streamId: number; bytes: Buffer[] } | undefined;
  const endData = () => {
    if (data !== undefined) lines.push(dataLine(data.streamId, Buffer.concat(data.bytes)));
    data = undefined;
  };
  const decoder = new FrameDecoder();
  for (const piece of pieces) {
    decoder.write(piece, (frame) => {
      if (frame.type !== 'data' || data?.streamId !== frame.streamId) endData();
      if (frame.type === 'data') {
        if (frame.payload.length > 0) {
          data ??= { streamId: frame.streamId, bytes: [] };
          data.bytes.push(frame.payload);
        }
      } else lines.push(describe(frame));
      if ('fin' in frame && frame.fin) {
        endData();
        lines.push(`FIN ${frame.streamId}`);
      }
    });
  }
  endData();
  return lines;
}

function describe(frame: Frame): string {
  switch (frame.type) {
    case 'synStream':
      return `SYN_STREAM ${frame.streamId}${headersText(frame.headers)}`;
    case 'synReply':
      return `SYN_REPLY ${frame.streamId}${headersText(frame.headers)}`;
    case 'rstStream':
      return `RST_STREAM ${frame.streamId} ${frame.status}`;
    case 'ping':
      return `PING ${frame.id}`;
    case 'goAway':
      return `GOAWAY ${frame.lastStreamId} ${frame.status}`;
    default:
      return frame.type;
  }
}
