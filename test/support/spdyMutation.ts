import { data, fin, goAway, ping, rstStream, SpdyPeer } from './spdyPeer.ts';
import type { SpdyRandom } from './spdyRandom.ts';
import { SpdyTransport } from './spdyTransport.ts';

/** Returns one of the recordings after some random changes. */
export function mutated(random: SpdyRandom, corpus: readonly Buffer[]): Buffer {
  let bytes = random.pick(corpus);
  for (let count = random.below(4); count >= 0; count--)
    bytes = random.pick(MUTATIONS)(random, bytes, corpus);
  return bytes;
}

type Mutation = (random: SpdyRandom, bytes: Buffer, corpus: readonly Buffer[]) => Buffer;

const MUTATIONS: readonly Mutation[] = [
  flipBits,
  overwrite,
  cutOff,
  cutOut,
  repeat,
  insertNoise,
  splice,
  changeLength,
  dropFrame,
  moveFrame,
];

function flipBits(random: SpdyRandom, bytes: Buffer): Buffer {
  const copy = Buffer.from(bytes);
  for (let count = random.below(8); count >= 0 && copy.length > 0; count--) {
    const at = random.below(copy.length);
    copy[at] = (copy[at] ?? 0) ^ (1 << random.below(8));
  }
  return copy;
}

function overwrite(random: SpdyRandom, bytes: Buffer): Buffer {
  const copy = Buffer.from(bytes);
  noise(random, 1 + random.below(6)).copy(copy, random.below(bytes.length + 1));
  return copy;
}

function cutOff(random: SpdyRandom, bytes: Buffer): Buffer {
  return bytes.subarray(0, random.below(bytes.length + 1));
}

function cutOut(random: SpdyRandom, bytes: Buffer): Buffer {
  const [start, end] = range(random, bytes);
  return Buffer.concat([bytes.subarray(0, start), bytes.subarray(end)]);
}

function repeat(random: SpdyRandom, bytes: Buffer): Buffer {
  const [start, end] = range(random, bytes);
  return Buffer.concat([bytes.subarray(0, end), bytes.subarray(start)]);
}

function insertNoise(random: SpdyRandom, bytes: Buffer): Buffer {
  const at = random.below(bytes.length + 1);
  return Buffer.concat([bytes.subarray(0, at), noise(random, 1 + random.below(40)), bytes.subarray(at)]);
}

/** Joins the start of one recording to the end of another recording. Cuts both between frames, or both at any byte. */
function splice(random: SpdyRandom, bytes: Buffer, corpus: readonly Buffer[]): Buffer {
  const other = random.pick(corpus);
  if (random.below(2) === 0) {
    return Buffer.concat([
      bytes.subarray(0, random.below(bytes.length + 1)),
      other.subarray(random.below(other.length + 1)),
    ]);
  }
  const [ours, theirs] = [frameStarts(bytes), frameStarts(other)];
  return Buffer.concat([bytes.subarray(0, random.pick(ours)), other.subarray(random.pick(theirs))]);
}

function changeLength(random: SpdyRandom, bytes: Buffer): Buffer {
  const copy = Buffer.from(bytes);
  const start = random.pick(frameStarts(bytes));
  if (start + 8 > bytes.length) return copy;
  const length = copy.readUIntBE(start + 5, 3);
  const others = [0, 4, 8, length + 1, Math.max(0, length - 1), random.below(40), random.below(0x1000000)];
  copy.writeUIntBE(random.pick(others), start + 5, 3);
  return copy;
}

function dropFrame(random: SpdyRandom, bytes: Buffer): Buffer {
  const [start, end] = frameRange(random, bytes);
  return Buffer.concat([bytes.subarray(0, start), bytes.subarray(end)]);
}

function moveFrame(random: SpdyRandom, bytes: Buffer): Buffer {
  const [start, end] = frameRange(random, bytes);
  const without = Buffer.concat([bytes.subarray(0, start), bytes.subarray(end)]);
  const at = random.pick(frameStarts(without));
  return Buffer.concat([without.subarray(0, at), bytes.subarray(start, end), without.subarray(at)]);
}

function range(random: SpdyRandom, bytes: Buffer): [number, number] {
  const start = random.below(bytes.length + 1);
  return [start, Math.min(bytes.length, start + random.below(60))];
}

function frameRange(random: SpdyRandom, bytes: Buffer): [number, number] {
  const starts = frameStarts(bytes);
  const index = random.below(starts.length);
  return [starts[index] ?? 0, starts[index + 1] ?? bytes.length];
}

/** Returns the offset of each frame, computed from the lengths of the frames. The result always contains 0. */
function frameStarts(bytes: Buffer): number[] {
  const starts = [0];
  for (let at = 0; at + 8 <= bytes.length; ) {
    at += 8 + bytes.readUIntBE(at + 5, 3);
    if (at < bytes.length) starts.push(at);
  }
  return starts;
}

function noise(random: SpdyRandom, length: number): Buffer {
  return Buffer.from(Array.from({ length }, () => random.below(256)));
}

/** Returns valid frames in a random order. The order may be invalid, such as data for a stream that is not open. */
export function conversation(random: SpdyRandom, firstPeerId: number): Buffer {
  const peer = new SpdyPeer(new SpdyTransport());
  let lastId = firstPeerId - 2;
  const isRare = () => random.below(8) === 0;
  const open = () => {
    lastId += isRare() ? 1 : 2;
    return peer.synStream(lastId, [['port', '80']], isRare() ? random.below(4) : 0);
  };
  const anyId = () => 1 + random.below(lastId + 6);
  const payload = () => Buffer.alloc(random.below(isRare() ? 80_000 : 300));
  const kinds = [
    open,
    () => data(anyId(), payload(), random.below(2)),
    () => fin(anyId()),
    () => rstStream(anyId(), random.below(10)),
    () => peer.synReply(anyId(), [], random.below(2)),
    () => peer.headers(anyId(), [['a', 'b']], random.below(2)),
    () => ping(random.below(9)),
    () => (isRare() ? goAway(random.below(12), random.below(3)) : ping(2)),
  ];
  return Buffer.concat(Array.from({ length: 1 + random.below(30) }, () => random.pick(kinds)()));
}
