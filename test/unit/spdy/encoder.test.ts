import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  encodeDataHeader,
  encodeGoAway,
  encodePing,
  encodeRstStream,
  encodeSynReply,
  encodeSynStream,
} from '../../../src/spdy/encoder.ts';
import { HeaderCompressor } from '../../../src/spdy/headerBlock.ts';
import { hex } from '../../support/spdyBytes.ts';

test('DATA is encoded with stream id, flags and 24 bits of length', () => {
  assert.deepEqual(encodeDataHeader(1, 0, true), hex('00000001 01 000000'));
  assert.deepEqual(encodeDataHeader(0x7fffffff, 0xffffff, false), hex('7fffffff 00 ffffff'));
  assert.deepEqual(encodeDataHeader(0x01020304, 0x050607, true), hex('01020304 01 050607'));
});

test('RST_STREAM, PING and GOAWAY are encoded', () => {
  assert.deepEqual(encodeRstStream(3, 5), hex('8003 0003 00 000008 | 00000003 00000005'));
  assert.deepEqual(encodePing(1), hex('8003 0006 00 000004 | 00000001'));
  assert.deepEqual(encodePing(0xfffffffe), hex('8003 0006 00 000004 | fffffffe'));
  assert.deepEqual(encodeGoAway(0x7ffffffd, 1), hex('8003 0007 00 000008 | 7ffffffd 00000001'));
});

test('SYN_STREAM and SYN_REPLY are encoded with their fields and the length of the header block', () => {
  const compressor = new HeaderCompressor();
  const open = encodeSynStream(1, [['streamtype', 'error']], compressor);
  assert.deepEqual(open.subarray(0, 5), hex('8003 0001 00'));
  assert.equal(open.readUIntBE(5, 3), open.length - 8);
  assert.deepEqual(open.subarray(8, 24), hex('00000001 00000000 00 00 | 78bb e3c6a7c2'));
  assert.deepEqual(open.subarray(-4), hex('0000ffff'));

  const reply = encodeSynReply(1, [], compressor);
  assert.deepEqual(reply.subarray(0, 5), hex('8003 0002 00'));
  assert.equal(reply.readUIntBE(5, 3), reply.length - 8);
  assert.deepEqual(reply.subarray(8, 12), hex('00000001'));
  // Only the first header block in a direction begins with the zlib header.
  assert.notDeepEqual(reply.subarray(12, 14), hex('78bb'));
});
