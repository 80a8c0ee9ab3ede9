import assert from 'node:assert/strict';
import { test } from 'node:test';
import { constants, createDeflate, deflateRawSync } from 'node:zlib';
import { isCoded } from '../../../src/base/errors.ts';
import { HEADER_DICTIONARY } from '../../../src/spdy/dictionary.ts';
import { HeaderCompressor, HeaderDecompressor } from '../../../src/spdy/headerBlock.ts';
import { readBuffered } from '../../support/readBuffered.ts';
import { hex } from '../../support/spdyBytes.ts';
import { plainBlock, storedBlock, uint32, ZLIB_HEADER } from '../../support/spdyHeaderBlocks.ts';
import { SpdyRandom, testSeed } from '../../support/spdyRandom.ts';
import { ReferenceInflate, readHeaders } from '../../support/spdyReference.ts';

const LIMIT = 32 * 1024;
const decompress = (...blocks: Buffer[]) => {
  const decompressor = new HeaderDecompressor(LIMIT);
  return blocks.map((block) => [...decompressor.decompress(block)]);
};
const assertBroken = (reason: RegExp, ...blocks: Buffer[]) =>
  assert.throws(
    () => decompress(...blocks),
    (error) => isCoded(error, 'PROTOCOL') && reason.test(String(error.arguments['reason'])),
  );

test("the second of kubectl's first two blocks refers to the first", () => {
  const first = hex(
    `78f9 e3c6a7c2 02253a703a2b294a4dcc851625aca9a0808614cb45e01c60616061c0c0c0c0590489c64c50f2663400000000ffff`,
  );
  const second = hex('c2aa19540e2512d60b000000ffff');
  const common = [
    ['port', '8080'],
    ['requestid', '0'],
  ];
  assert.deepEqual(decompress(first, second), [
    [['streamtype', 'error'], ...common],
    [['streamtype', 'data'], ...common],
  ]);
});

test('the empty header blocks of an API server are read', () => {
  assert.deepEqual(decompress(hex('78f9e3c6a7c2 6260606000000000ffff'), hex('026100000000ffff')), [[], []]);
});

test('several values are separated by NUL in a stored block, and a value may be empty', () => {
  const headers: [string, string][] = [
    ['accept', 'text/html\0text/plain'],
    ['x-ümlaut', 'ß€'],
    ['empty', ''],
  ];
  const first = storedBlock(plainBlock(headers));
  assert.deepEqual(decompress(first, storedBlock(plainBlock([['a', 'b']]), false)), [headers, [['a', 'b']]]);
});

test('the first block needs the zlib header with the dictionary of SPDY/3', () => {
  const block = storedBlock(plainBlock([]));
  const withHeader = (header: string) => Buffer.concat([hex(header), block.subarray(6)]);
  assertBroken(/too short/, hex('78bbe3c6a7'));
  assertBroken(/too short/, Buffer.alloc(0));
  assertBroken(/no zlib header with a preset dictionary/, withHeader('79bb e3c6a7c2'));
  assertBroken(/no zlib header with a preset dictionary/, withHeader('78bc e3c6a7c2'));
  // The bytes 78 9c are a valid zlib header, but one without a dictionary.
  assertBroken(/no zlib header with a preset dictionary/, withHeader('789c e3c6a7c2'));
  // The checksum of the dictionary of SPDY/2.
  assertBroken(/unknown header dictionary/, withHeader('78bb 8f1c2e36'));
  // A header with another window size and compression level is valid.
  assert.deepEqual(decompress(withHeader('1838 e3c6a7c2')), [[]]);
});

test('every block must end in a sync flush and decompress', () => {
  const block = storedBlock(plainBlock([['a', 'b']]));
  assertBroken(/sync flush/, block.subarray(0, -1));
  assertBroken(/sync flush/, ZLIB_HEADER);
  assertBroken(/sync flush/, Buffer.concat([block, hex('00')]));
  // First a block of type 3, which does not exist. Then a block whose length NLEN is not the complement of LEN.
  assertBroken(/cannot be decompressed/, Buffer.concat([ZLIB_HEADER, hex('06 0000ffff')]));
  assertBroken(/cannot be decompressed/, Buffer.concat([ZLIB_HEADER, hex('00 0100 0100 0000ffff')]));
  // Then a match whose distance goes back beyond everything that was sent.
  const text = 'said long before, in another connection';
  const farBack = deflateRawSync(plainBlock([['a', text]]), {
    dictionary: Buffer.concat([Buffer.from(text), Buffer.from(noise(new SpdyRandom(1), 10_000))]),
    finishFlush: constants.Z_SYNC_FLUSH,
  });
  assertBroken(/cannot be decompressed/, Buffer.concat([ZLIB_HEADER, farBack]));
});

test('a block that decompresses to more than the limit is broken, and one at the limit is not', () => {
  const padded = (size: number) => plainBlock([['a', 'b'.repeat(size - 13)]]);
  const compressed = (plain: Buffer) =>
    Buffer.concat([
      ZLIB_HEADER,
      deflateRawSync(plain, { dictionary: HEADER_DICTIONARY, finishFlush: constants.Z_SYNC_FLUSH }),
    ]);
  assert.equal(padded(LIMIT).length, LIMIT);
  assert.equal(decompress(compressed(padded(LIMIT)))[0]?.[0]?.[1].length, LIMIT - 13);
  assertBroken(/too large/, compressed(padded(LIMIT + 1)));
});

test('a zip bomb of 16 KiB is not decompressed to 16 MiB', () => {
  const bomb = deflateRawSync(Buffer.alloc(16 * 1024 * 1024), {
    dictionary: HEADER_DICTIONARY,
    finishFlush: constants.Z_SYNC_FLUSH,
  });
  assert.ok(bomb.length < 17 * 1024);
  const before = process.memoryUsage();
  for (let run = 0; run < 50; run++) assertBroken(/too large/, Buffer.concat([ZLIB_HEADER, bomb]));
  const after = process.memoryUsage();
  // If the bombs were decompressed completely, they would take 800 MiB.
  assert.ok(after.rss - before.rss < 100 * 1024 * 1024);
});

test('names must be in lower case, unique and not empty', () => {
  const broken = /empty, duplicate, or not lowercase/;
  assertBroken(broken, storedBlock(plainBlock([['Port', '1']])));
  assertBroken(broken, storedBlock(plainBlock([['', '1']])));
  assertBroken(
    broken,
    storedBlock(
      plainBlock([
        ['port', '1'],
        ['port', '1'],
      ]),
    ),
  );
});

test('a block that ends too early or too late is refused at any byte', () => {
  const plain = plainBlock([
    ['port', '8080'],
    ['x', ''],
  ]);
  for (let length = 0; length < plain.length; length++) {
    assertBroken(/truncated/, storedBlock(plain.subarray(0, length)));
  }
  assertBroken(/after the last header/, storedBlock(Buffer.concat([plain, hex('00')])));
  assertBroken(/truncated/, storedBlock(plainBlock([['port', '8080']], 0xffffffff)));
  assertBroken(/truncated/, storedBlock(Buffer.concat([uint32(1), uint32(0xffffffff), hex('61')])));
});

test("hundreds of blocks of any size pass between our compression and zlib's in both directions", async () => {
  const seed = testSeed();
  const random = new SpdyRandom(seed);
  const compressor = new HeaderCompressor();
  const inflate = new ReferenceInflate();
  const decompressor = new HeaderDecompressor(LIMIT);
  const deflate = createDeflate({ dictionary: HEADER_DICTIONARY });
  for (let run = 0; run < 400; run++) {
    const headers = randomHeaders(random);
    const plain = plainBlock(headers);
    const ours = compressor.compress(headers);
    assert.deepEqual(await inflate.inflate(ours), plain, `seed ${seed}, block ${run}`);
    assert.deepEqual(readHeaders(plain), headers);
    const theirs = await new Promise<Buffer>((resolve) => {
      deflate.write(plain);
      deflate.flush(constants.Z_SYNC_FLUSH, () => resolve(readBuffered(deflate)));
    });
    assert.deepEqual([...decompressor.decompress(theirs)], headers, `seed ${seed}, block ${run}`);
  }
  deflate.destroy();
});

test('our compressor writes names in lower case, and our decompressor reads its output', () => {
  const compressor = new HeaderCompressor();
  const blocks = [
    compressor.compress([['StreamType', 'Data']]),
    compressor.compress([]),
    compressor.compress([['port', 'é']]),
  ];
  assert.deepEqual(decompress(...blocks), [[['streamtype', 'Data']], [], [['port', 'é']]]);
});

/** Returns headers of which some repeat earlier ones, some are noise, and some exceed our window of 2 KiB. */
function randomHeaders(random: SpdyRandom): [string, string][] {
  const values = ['8080', 'error', 'data', 'x'.repeat(random.below(3000)), noise(random, random.below(500))];
  return Array.from({ length: random.below(6) }, (_, index) => [
    `${random.pick(['port', 'streamtype', 'requestid'])}-${index}`,
    random.pick(values),
  ]);
}

function noise(random: SpdyRandom, length: number): string {
  return Array.from({ length }, () => String.fromCharCode(32 + random.below(90))).join('');
}
