import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { WebSocketDecoder } from '../../../src/websocket/decoder.ts';
import { applyMask, encodeFrameHeader, Opcode } from '../../../src/websocket/frames.ts';
import { coded } from '../../support/coded.ts';
import { type Cut, everyByte, hex, randomCut, uncut } from '../../support/spdyBytes.ts';
import { SpdyRandom, testSeed } from '../../support/spdyRandom.ts';
import {
  bytesOf,
  type Direction,
  spdyRecordings,
  webSocketRecordings,
  wireRecording,
} from '../../support/wireRecording.ts';

const seed = testSeed();

/** What a decoder has found: whole messages, and control frames as `OPCODE:PAYLOAD`. */
interface Decoded {
  readonly messages: Buffer[];
  readonly controls: string[];
}

function decode(peer: 'client' | 'server', pieces: readonly Buffer[]): Decoded {
  const messages: Buffer[] = [];
  const controls: string[] = [];
  const decoder = new WebSocketDecoder(peer, {
    onData(piece, startsMessage) {
      messages.push(startsMessage ? Buffer.from(piece) : Buffer.concat([messages.pop() as Buffer, piece]));
    },
    onControl: (opcode, payload) => controls.push(`${opcode}:${payload.toString('latin1')}`),
  });
  // Copies the bytes, because the decoder changes them when it unmasks them, and the test uses them again.
  for (const piece of pieces) decoder.write(Buffer.from(piece));
  return { messages, controls };
}

function cuts(): [string, Cut][] {
  const random = Array.from({ length: 30 }, (_, run): [string, Cut] => [
    `cut at random, seed ${seed + run}`,
    randomCut(new SpdyRandom(seed + run)),
  ]);
  return [['uncut', uncut], ['byte by byte', everyByte], ...random];
}

function assertDecodes(
  peer: 'client' | 'server',
  bytes: Buffer,
  messages: readonly Buffer[],
  controls: readonly string[] = [],
): void {
  for (const [name, cut] of cuts()) {
    assert.deepEqual(decode(peer, cut(bytes)), { messages, controls }, name);
  }
}

function frame(opcode: number, payload: Buffer, maskingKey?: Buffer): Buffer {
  const masked = Buffer.from(payload);
  if (maskingKey !== undefined) applyMask(masked, maskingKey, 0);
  return Buffer.concat([encodeFrameHeader(opcode, payload.length, maskingKey), masked]);
}

function rejects(peer: 'client' | 'server', ...frames: string[]): void {
  assert.throws(() => decode(peer, [hex(frames.join(''))]), coded('PROTOCOL', { protocol: 'WebSocket' }));
}

suite('messages', () => {
  test('are decoded from the examples of RFC 6455 section 5.7, as binary messages', () => {
    const hello = Buffer.from('Hello');
    assertDecodes('server', hex('8205 48656c6c6f'), [hello]);
    assertDecodes('client', hex('8285 37fa213d 7f9f4d5158'), [hello]);
    assertDecodes('server', hex('0203 48656c | 8002 6c6f'), [hello]);
    assertDecodes('server', hex('8905 48656c6c6f'), [], ['9:Hello']);
    assertDecodes('client', hex('8a85 37fa213d 7f9f4d5158'), [], ['10:Hello']);
    const bytes = Buffer.alloc(65_536, 'abcdefg');
    const short = bytes.subarray(0, 256);
    assert.deepEqual(decode('server', [Buffer.concat([hex('827e0100'), short])]).messages, [short]);
    assert.deepEqual(decode('server', [Buffer.concat([hex('827f0000000000010000'), bytes])]).messages, [
      bytes,
    ]);
  });

  for (const length of [0, 1, 125, 126, 127, 300, 65_535, 65_536, 70_000]) {
    test(`of ${length} bytes are decoded plain, masked and with a zero mask, however cut`, () => {
      const payload = Buffer.alloc(length, 'some payload ');
      const follower = Buffer.from('the next message');
      const expected = { messages: [payload, follower], controls: [] };
      for (const key of [undefined, hex('37fa213d'), hex('00000000')]) {
        const peer = key === undefined ? 'server' : 'client';
        const bytes = Buffer.concat([
          frame(Opcode.binary, payload, key),
          frame(Opcode.binary, follower, key),
        ]);
        assert.deepEqual(decode(peer, [bytes]), expected);
        const runs = length > 1_000 ? 2 : 20;
        for (let run = 0; run < runs; run++) {
          const cut = randomCut(new SpdyRandom(seed + run));
          assert.deepEqual(decode(peer, cut(bytes)), expected, `seed ${seed + run}`);
        }
      }
    });
  }

  test('in fragments are decoded with control frames between them', () => {
    const bytes = hex('0201 61 | 8902 7069 | 0002 6263 | 8a00 | 0000 | 8001 64 | 8201 65');
    assertDecodes('server', bytes, [Buffer.from('abcd'), Buffer.from('e')], ['9:pi', '10:']);
  });

  test('start with an empty first fragment too', () => {
    assertDecodes('server', hex('0200 | 0000 | 8001 61'), [Buffer.from('a')]);
    assertDecodes('server', hex('0200 | 8000 | 8201 62'), [Buffer.alloc(0), Buffer.from('b')]);
  });

  test('are passed on as views of the input, not copies', () => {
    for (const [peer, key] of [
      ['server', undefined],
      ['client', hex('00000000')],
    ] as const) {
      const input = frame(Opcode.binary, Buffer.alloc(100_000, 'x'), key);
      const pieces: Buffer[] = [];
      const decoder = new WebSocketDecoder(peer, {
        onData: (piece) => pieces.push(piece),
        onControl() {},
      });
      const chunks = [input.subarray(0, 3), input.subarray(3, 40_000), input.subarray(40_000)];
      for (const chunk of chunks) decoder.write(chunk);
      assert.equal(Buffer.concat(pieces).length, 100_000);
      for (const piece of pieces) assert.equal(piece.buffer, input.buffer);
    }
  });
});

suite('a protocol error', () => {
  test('is masking by the wrong side, or none by the right one', () => {
    rejects('server', '8281 00000000 61');
    rejects('client', '8201 61');
  });

  test('is a reserved bit or opcode', () => {
    for (const first of ['c2', 'a2', '92']) rejects('server', `${first}00`);
    for (const first of ['83', '87', '8b', '8f']) rejects('server', `${first}00`);
  });

  test('is a text message', () => rejects('server', '8105 48656c6c6f'));

  test('is a control frame that is long or fragmented', () => {
    rejects('server', '897e007e');
    rejects('server', '887f0000000000010000');
    rejects('server', '0900');
    rejects('server', '0800');
    assert.equal(decode('server', [frame(Opcode.ping, Buffer.alloc(125, 'x'))]).controls.length, 1);
  });

  test('is a fragment out of order', () => {
    rejects('server', '8000');
    rejects('server', '0201 61', '8201 62');
    rejects('server', '0201 61', '8001 62', '8001 63');
  });

  test('is a length beyond the limit', () => {
    for (const length of ['0020000000000000', '7fffffffffffffff', 'ffffffffffffffff'])
      rejects('server', `827f ${length}`);
  });

  test('is found wherever the bytes are cut', () => {
    const bytes = hex('8201 61 | 0201 61 | 8900 | 8201 62');
    for (const [name, cut] of cuts()) {
      assert.throws(() => decode('server', cut(bytes)), coded('PROTOCOL'), name);
    }
  });
});

suite('recordings of real servers', () => {
  const spdy = new Map(spdyRecordings().map((recording) => [recording.name, recording]));
  const recordings = webSocketRecordings();

  test('exist', () => assert.equal(recordings.length, 10));

  for (const recording of recordings.filter(({ name }) => name.startsWith('websocket-tunnel'))) {
    for (const direction of ['c>s', 's>c'] as const) {
      test(`${recording.name} ${direction}: contain the same SPDY, however cut`, () => {
        const inside = spdy.get(recording.name);
        assert.ok(inside !== undefined);
        const expected = bytesOf(inside, direction);
        const bytes = bytesOf(recording, direction);
        for (const [name, cut] of cuts()) {
          const { messages } = decode(senderOf(direction), cut(bytes));
          assert.deepEqual(Buffer.concat(messages), expected, name);
        }
      });
    }
  }

  test('channel-http: contain a port on each channel, then the answer, then a close in both directions', () => {
    const recording = wireRecording('channel-http');
    for (const [name, cut] of cuts()) {
      const server = decode('server', cut(bytesOf(recording, 's>c')));
      assert.deepEqual(server.messages.slice(0, 2), [hex('00901f'), hex('01901f')], name);
      assert.match(server.messages[2]?.toString() ?? '', /^\0HTTP\/1\.1 200 OK\r\n/);
      assert.deepEqual(server.controls, ['8:\x03\xe8']);
      const client = decode('client', cut(bytesOf(recording, 'c>s')));
      assert.match(client.messages[0]?.toString() ?? '', /^\0GET \/hi HTTP\/1\.1\r\n/);
      // The close frame of client-node has no status code.
      assert.deepEqual(client.controls, ['8:']);
    }
  });

  test('channel-refused: contain the reason on channel 1', () => {
    const server = decode('server', [bytesOf(wireRecording('channel-refused'), 's>c')]);
    assert.equal(server.messages.length, 3);
    assert.equal(server.messages[2]?.[0], 1);
    assert.match(server.messages[2]?.toString('utf8', 1), /^error forwarding port 9999 to pod /);
    assert.deepEqual(server.controls, ['8:\x03\xe8']);
  });
});

function senderOf(direction: Direction): 'client' | 'server' {
  return direction === 'c>s' ? 'client' : 'server';
}
