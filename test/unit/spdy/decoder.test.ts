import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isCoded } from '../../../src/base/errors.ts';
import { DEFAULT_LIMITS, FrameDecoder } from '../../../src/spdy/decoder.ts';
import type { Frame } from '../../../src/spdy/frames.ts';
import { type Cut, everyByte, hex, randomCut, uncut } from '../../support/spdyBytes.ts';
import { controlFrame, plainBlock, storedBlock, uint32 } from '../../support/spdyHeaderBlocks.ts';
import { usedMemory } from '../../support/spdyMemory.ts';
import { SpdyRandom, testSeed } from '../../support/spdyRandom.ts';

const seed = testSeed();
const CUTS: readonly Cut[] = [
  uncut,
  everyByte,
  randomCut(new SpdyRandom(seed)),
  randomCut(new SpdyRandom(seed + 1)),
];

function decode(bytes: Buffer, cut: Cut = uncut): Frame[] {
  const frames: Frame[] = [];
  const decoder = new FrameDecoder();
  for (const piece of cut(bytes)) decoder.write(piece, (frame) => frames.push(frame));
  return frames;
}

/** Expects that the bytes are decoded to this frame, in whatever pieces they arrive. */
function assertDecodes(text: string | Buffer, frame: Frame): void {
  const bytes = typeof text === 'string' ? hex(text) : text;
  for (const cut of CUTS) assert.deepEqual(decode(bytes, cut), [frame]);
}

/** Expects that the bytes are refused as a protocol error and give no frame, in whatever pieces they arrive. */
function assertBroken(text: string | Buffer, reason: RegExp): void {
  const bytes = typeof text === 'string' ? hex(text) : text;
  for (const cut of CUTS) {
    const frames: Frame[] = [];
    const decoder = new FrameDecoder();
    assert.throws(
      () => {
        for (const piece of cut(bytes)) decoder.write(piece, (frame) => frames.push(frame));
      },
      (error) => isCoded(error, 'PROTOCOL') && reason.test(String(error.arguments['reason'])),
    );
    assert.deepEqual(frames, []);
  }
}

const headers = new Map([['port', '8080']]);
const block = storedBlock(plainBlock([...headers]));

test('RST_STREAM, SETTINGS, PING, GOAWAY and WINDOW_UPDATE are decoded', () => {
  assertDecodes('8003 0003 00 000008 | 00000003 00000005', { type: 'rstStream', streamId: 3, status: 5 });
  assertDecodes('8003 0006 00 000004 | 00000001', { type: 'ping', id: 1 });
  assertDecodes('8003 0006 00 000004 | ffffffff', { type: 'ping', id: 0xffffffff });
  assertDecodes('8003 0007 00 000008 | 00000007 00000002', { type: 'goAway', lastStreamId: 7, status: 2 });
  assertDecodes('8003 0009 00 000008 | 00000000 00010000', {
    type: 'windowUpdate',
    streamId: 0,
    delta: 65536,
  });
  assertDecodes('8003 0004 01 000014 | 00000002 | 01000004 00000064 | 00000007 00010000', {
    type: 'settings',
    settings: [
      { id: 4, value: 100 },
      { id: 7, value: 65536 },
    ],
  });
  assertDecodes('8003 0004 00 000004 | 00000000', { type: 'settings', settings: [] });
});

test('the reserved bit in front of a stream id is ignored', () => {
  assertDecodes('8003 0003 00 000008 | 80000003 00000005', { type: 'rstStream', streamId: 3, status: 5 });
  assertDecodes('8003 0007 00 000008 | ffffffff 00000000', {
    type: 'goAway',
    lastStreamId: 0x7fffffff,
    status: 0,
  });
  assertDecodes('8003 0009 00 000008 | 80000001 80000001', { type: 'windowUpdate', streamId: 1, delta: 1 });
});

test('SYN_STREAM, SYN_REPLY and HEADERS are decoded with and without their flags', () => {
  const open = (flags: number) =>
    controlFrame(1, Buffer.concat([hex('00000001 00000000 0000'), block]), flags);
  const stream = { type: 'synStream', streamId: 1, headers } as const;
  assertDecodes(open(0), { ...stream, fin: false, unidirectional: false });
  assertDecodes(open(1), { ...stream, fin: true, unidirectional: false });
  assertDecodes(open(2), { ...stream, fin: false, unidirectional: true });
  assertDecodes(open(3), { ...stream, fin: true, unidirectional: true });
  // This SYN_STREAM names an associated stream, priority 7 and slot 255, all of which the decoder ignores.
  const adorned = controlFrame(1, Buffer.concat([hex('80000001 00000009 e0ff'), block]));
  assertDecodes(adorned, { ...stream, fin: false, unidirectional: false });

  const reply = (type: number, flags: number) => controlFrame(type, Buffer.concat([uint32(1), block]), flags);
  assertDecodes(reply(2, 0), { type: 'synReply', streamId: 1, headers, fin: false });
  assertDecodes(reply(2, 1), { type: 'synReply', streamId: 1, headers, fin: true });
  assertDecodes(reply(8, 0), { type: 'headers', streamId: 1, headers, fin: false });
  assertDecodes(reply(8, 1), { type: 'headers', streamId: 1, headers, fin: true });
});

test('all header blocks of a direction share one compression context, whatever frame they are in', () => {
  const [first, next] = [block, storedBlock(plainBlock([['a', 'b']]), false)];
  const bytes = Buffer.concat([
    controlFrame(1, Buffer.concat([hex('00000001 00000000 0000'), first])),
    controlFrame(8, Buffer.concat([uint32(1), next])),
    controlFrame(2, Buffer.concat([uint32(1), next])),
  ]);
  for (const cut of CUTS) {
    assert.deepEqual(
      decode(bytes, cut).map((frame) => ('headers' in frame ? [...frame.headers] : [])),
      [[['port', '8080']], [['a', 'b']], [['a', 'b']]],
    );
  }
});

test('DATA is passed on in the pieces that arrive, the FIN with the last', () => {
  const bytes = hex('00000003 01 000003 | 616263');
  const data = { type: 'data', streamId: 3 } as const;
  assert.deepEqual(decode(bytes), [{ ...data, payload: Buffer.from('abc'), fin: true }]);
  assert.deepEqual(decode(bytes, everyByte), [
    { ...data, payload: Buffer.from('a'), fin: false },
    { ...data, payload: Buffer.from('b'), fin: false },
    { ...data, payload: Buffer.from('c'), fin: true },
  ]);
  assert.deepEqual(decode(hex('00000003 01 000000')), [{ ...data, payload: Buffer.alloc(0), fin: true }]);
  assert.deepEqual(decode(hex('00000003 00 000000')), []);
  // The decoder ignores unknown flags of DATA frames.
  assert.deepEqual(decode(hex('7fffffff fe 000001 61')), [
    { type: 'data', streamId: 0x7fffffff, payload: Buffer.from('a'), fin: false },
  ]);
});

test('DATA is not copied, and nothing is held of the largest frame', () => {
  const decoder = new FrameDecoder();
  const chunk = Buffer.concat([hex('00000001 00 ffffff'), Buffer.alloc(60_000, 'x')]);
  let received = 0;
  const onFrame = (frame: Frame) => {
    assert.equal(frame.type, 'data');
    assert.ok('payload' in frame);
    assert.ok(frame.payload.buffer === chunk.buffer || frame.payload.buffer === filler.buffer);
    received += frame.payload.length;
    assert.equal(frame.fin, false);
  };
  const filler = Buffer.alloc(65_536, 'y');
  decoder.write(chunk, onFrame);
  assert.equal(received, 60_000);
  while (received < 0xffffff) decoder.write(filler.subarray(0, 0xffffff - received), onFrame);
  const frames: Frame[] = [];
  decoder.write(hex('8003 0006 00 000004 | 00000002'), (frame) => frames.push(frame));
  assert.deepEqual(frames, [{ type: 'ping', id: 2 }]);
});

test('several frames in one chunk and a frame begun at its end are decoded', () => {
  const bytes = hex(
    '80030006 00000004 00000001 | 00000001 00 000002 6161 | 00000001 01 000000 | 80030006 00000004 00000003',
  );
  const expected: Frame[] = [
    { type: 'ping', id: 1 },
    { type: 'data', streamId: 1, payload: Buffer.from('aa'), fin: false },
    { type: 'data', streamId: 1, payload: Buffer.alloc(0), fin: true },
    { type: 'ping', id: 3 },
  ];
  for (let at = 0; at <= bytes.length; at++) {
    const frames = decode(bytes, () => [bytes.subarray(0, at), bytes.subarray(at)]);
    const pieces = frames.filter((frame) => frame.type === 'data' && !frame.fin);
    assert.equal(
      Buffer.concat(pieces.map((frame) => ('payload' in frame ? frame.payload : Buffer.alloc(0)))).toString(),
      'aa',
    );
    assert.deepEqual(
      frames.filter((frame) => !pieces.includes(frame)),
      expected.filter((_, index) => index !== 1),
    );
  }
});

test('unknown control frames are skipped, even empty ones', () => {
  const bytes = hex(
    '8003 0005 00 000000 | 8003 000a 00 000003 616161 | 8003 ffff ff 000001 00 | 8003 0006 00 000004 00000009',
  );
  for (const cut of CUTS) assert.deepEqual(decode(bytes, cut), [{ type: 'ping', id: 9 }]);
});

test('a control frame of an SPDY version other than 3 is refused', () => {
  assertBroken('8002 0006 00 000004 00000001', /version 2/);
  assertBroken('8004 0001 00 000004 00000001', /version 4/);
  assertBroken('ffff ffff ff ffffff', /version 32767/);
});

test('bytes other than SPDY are refused', () => {
  // The text of an HTTP/1.1 answer has the form of a DATA frame for a stream with a high number. Only a part of it is
  // here.
  assert.deepEqual(
    decode(Buffer.from('HTTP/1.1 400 Bad Request\r\n\r\n')).map((frame) => frame.type),
    ['data'],
  );
});

test('control frames of a wrong length are refused', () => {
  const broken = /type \d has invalid length \d+/;
  for (const type of [3, 7, 9]) {
    for (const length of [0, 4, 7, 9, 12]) assertBroken(controlFrame(type, Buffer.alloc(length, 1)), broken);
  }
  for (const length of [0, 3, 5, 8]) assertBroken(controlFrame(6, Buffer.alloc(length, 1)), broken);
});

test('SYN_STREAM, SYN_REPLY, HEADERS and RST_STREAM that end before their fields are refused', () => {
  for (const length of [0, 1, 9]) assertBroken(controlFrame(1, Buffer.alloc(length, 1)), /truncated/);
  for (const type of [2, 8]) {
    for (const length of [0, 3]) assertBroken(controlFrame(type, Buffer.alloc(length, 1)), /truncated/);
  }
  // The frames end after their fixed fields, so the header block is missing.
  assertBroken(controlFrame(1, hex('00000001 00000000 0000')), /header block is too short/);
  assertBroken(controlFrame(2, hex('00000001')), /header block is too short/);
});

test('frames for stream 0 are refused', () => {
  assertBroken('00000000 00 000001 61', /DATA frame for stream 0/);
  assertBroken('00000000 01 000000', /DATA frame for stream 0/);
  assertBroken(controlFrame(1, Buffer.concat([hex('00000000 00000000 0000'), block])), /for stream 0/);
  assertBroken(controlFrame(1, Buffer.concat([hex('80000000 00000000 0000'), block])), /for stream 0/);
  for (const type of [2, 8]) {
    assertBroken(controlFrame(type, Buffer.concat([uint32(0), block])), /for stream 0/);
  }
  assertBroken('8003 0003 00 000008 | 00000000 00000005', /for stream 0/);
});

test('SETTINGS with a wrong number of entries are refused', () => {
  const wrong = /invalid number of entries/;
  assertBroken('8003 0004 00 000000', wrong);
  assertBroken('8003 0004 00 000003 000000', wrong);
  assertBroken('8003 0004 00 000004 00000001', wrong);
  assertBroken('8003 0004 00 00000c 00000000 00000001 00000002', wrong);
  assertBroken('8003 0004 00 00000c 00000002 00000001 00000002', wrong);
  assertBroken('8003 0004 00 00000c ffffffff 00000001 00000002', wrong);
  // 2^29 + 1 entries of 8 bytes: computed in 32 bits, their length would overflow to a valid one.
  assertBroken('8003 0004 00 00000c 20000001 00000001 00000002', wrong);
});

test('a control frame beyond the limit is refused at its header, of whatever type', () => {
  const { maxControlFrameBytes } = DEFAULT_LIMITS;
  for (const type of ['0001', '0004', '00ff']) {
    const header = hex(`8003 ${type} 00 000000`);
    header.writeUIntBE(maxControlFrameBytes + 1, 5, 3);
    assertBroken(header, /control frame of 16385 bytes/);
  }
  const largest = controlFrame(0xff, Buffer.alloc(maxControlFrameBytes));
  assert.deepEqual(decode(Buffer.concat([largest, hex('80030006 00000004 00000001')]), everyByte), [
    { type: 'ping', id: 1 },
  ]);
});

test('limits can be set lower', () => {
  const decoder = new FrameDecoder({ maxControlFrameBytes: 100, maxHeaderBytes: 12 });
  const small = storedBlock(plainBlock([]));
  decoder.write(controlFrame(2, Buffer.concat([uint32(1), small])), () => {});
  const large = storedBlock(plainBlock([['a', 'b']]), false);
  assert.throws(
    () => decoder.write(controlFrame(2, Buffer.concat([uint32(1), large])), () => {}),
    /too large/,
  );
});

test('a broken header block breaks its frame', () => {
  assertBroken(controlFrame(2, Buffer.concat([uint32(1), hex('789c e3c6a7c2 0000ffff')])), /no zlib header/);
  assertBroken(controlFrame(2, Buffer.concat([uint32(1), block.subarray(0, -1)])), /sync flush/);
  assertBroken(
    controlFrame(8, Buffer.concat([uint32(1), storedBlock(plainBlock([['A', 'b']]))])),
    /not lowercase/,
  );
});

test('an error of the receiver of a frame is thrown unchanged', () => {
  const decoder = new FrameDecoder();
  const thrown = new Error('mine');
  assert.throws(
    () =>
      decoder.write(hex('80030006 00000004 00000001'), () => {
        throw thrown;
      }),
    thrown,
  );
});

test('the waiting beginning of a frame keeps no chunk in memory', async () => {
  const decoders: FrameDecoder[] = [];
  const before = await usedMemory();
  // If a decoder kept views of the chunks instead of copies, the chunks would take 131 MB.
  for (let count = 0; count < 2_000; count++) {
    const decoder = new FrameDecoder();
    const chunk = Buffer.concat([hex('00000001 00 00fff1'), Buffer.alloc(0xfff1), hex('80030006 000000')]);
    decoder.write(chunk, () => {});
    decoders.push(decoder);
  }
  assert.ok((await usedMemory()) - before < 20_000_000);
  const frames: Frame[] = [];
  decoders[0]?.write(hex('04 00000005'), (frame) => frames.push(frame));
  assert.deepEqual(frames, [{ type: 'ping', id: 5 }]);
});
