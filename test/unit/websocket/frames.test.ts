import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  applyMask,
  createMaskingKey,
  decodeFrameHeader,
  encodeFrameHeader,
  Opcode,
} from '../../../src/websocket/frames.ts';
import { acceptKey, handshakeHeaders } from '../../../src/websocket/handshake.ts';
import { hex } from '../../support/spdyBytes.ts';

const KEY = hex('37fa213d');

test('RFC 6455 section 5.7: the headers of its examples are read and written', () => {
  const examples: [string, Parameters<typeof encodeFrameHeader>][] = [
    ['8105', [Opcode.text, 5]],
    ['8185 37fa213d', [Opcode.text, 5, KEY]],
    ['8905', [Opcode.ping, 5]],
    ['8a85 37fa213d', [Opcode.pong, 5, KEY]],
    ['827e0100', [Opcode.binary, 256]],
    ['827f0000000000010000', [Opcode.binary, 65_536]],
  ];
  for (const [bytes, [opcode, length, maskingKey]] of examples) {
    const header = hex(bytes);
    assert.deepEqual(encodeFrameHeader(opcode, length, maskingKey), header);
    assert.deepEqual(decodeFrameHeader(header, 0), {
      fin: true,
      opcode,
      length,
      maskingKey,
      size: header.length,
    });
  }
});

test('lengths take the shortest form and are read back', () => {
  const forms: [number, string][] = [
    [0, '8200'],
    [1, '8201'],
    [125, '827d'],
    [126, '827e007e'],
    [65_535, '827effff'],
    [65_536, '827f0000000000010000'],
    [2 ** 32, '827f0000000100000000'],
    [Number.MAX_SAFE_INTEGER, '827f001fffffffffffff'],
  ];
  for (const [length, bytes] of forms) {
    assert.equal(encodeFrameHeader(Opcode.binary, length).toString('hex'), bytes);
    assert.equal(decodeFrameHeader(hex(bytes), 0)?.length, length);
  }
});

test('masking keys are none for servers, zero under TLS, else all different', () => {
  assert.equal(createMaskingKey('none'), undefined);
  assert.deepEqual(createMaskingKey('zero'), hex('00000000'));
  const keys = new Set(Array.from({ length: 64 }, () => createMaskingKey('random')?.toString('hex')));
  assert.ok(keys.size > 60);
});

test('a zero key leaves the payload unchanged', () => {
  const payload = Buffer.from('payload');
  applyMask(payload, hex('00000000'), 3);
  assert.equal(payload.toString(), 'payload');
});

test('RFC 6455 section 1.3: the answer to its key is computed, as by real servers', () => {
  assert.equal(acceptKey('dGhlIHNhbXBsZSBub25jZQ=='), 's3pPLMBiTxaQ9kYGzzhZRbK+xOo=');
  // A key and an answer from the recording channel-http.jsonl.
  assert.equal(acceptKey('jrHc52NVC2SCe5By2GPKig=='), 'jh6QoNewVwSOCRAcewsZqvLqLe0=');
});

test('a handshake has 16 fresh bytes as its key and names the subprotocols', () => {
  const [first, second] = [handshakeHeaders(['a', 'b/c']), handshakeHeaders(['a'])];
  assert.equal(Buffer.from(first['Sec-WebSocket-Key'], 'base64').length, 16);
  assert.notEqual(first['Sec-WebSocket-Key'], second['Sec-WebSocket-Key']);
  assert.equal(first['Sec-WebSocket-Protocol'], 'a,b/c');
  assert.equal(first['Sec-WebSocket-Version'], '13');
});
