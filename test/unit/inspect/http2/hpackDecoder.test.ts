import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { TapFault } from '../../../../src/inspect/conversation.ts';
import { HpackDecoder } from '../../../../src/inspect/http2/hpackDecoder.ts';
import { SpdyRandom, testSeed } from '../../../support/spdyRandom.ts';

const bytes = (hex: string) => Buffer.from(hex.replaceAll(' ', ''), 'hex');
/** Sets the size of the dynamic table to 256 bytes, as the RFC's examples of responses require. */
const TABLE_OF_256 = '3fe101';

/** Splits each line into the name and the value of a header field. */
const fields = (...lines: readonly string[]) =>
  lines.map((line) => [...(/^(\S+) (.*)$/.exec(line) ?? [])].slice(1));
const CUSTOM = fields('custom-key custom-header');
const AUTHORITY = ':authority www.example.com';
const FIRST = [':method GET', ':scheme http', ':path /', AUTHORITY];
const REQUESTS = [
  fields(...FIRST),
  fields(...FIRST, 'cache-control no-cache'),
  fields(':method GET', ':scheme https', ':path /index.html', AUTHORITY, 'custom-key custom-value'),
];
const PRIVATE = [
  'cache-control private',
  'date Mon, 21 Oct 2013 20:13:21 GMT',
  'location https://www.example.com',
];
const RESPONSES = [
  fields(':status 302', ...PRIVATE),
  fields(':status 307', ...PRIVATE),
  fields(
    ...[':status 200', ...PRIVATE.map((line) => line.replace('13:21', '13:22')), 'content-encoding gzip'],
    'set-cookie foo=ASDJKHQKBZXOQWEOPIUAXQWEOIU; max-age=3600; version=1',
  ),
];

suite('the examples of RFC 7541, appendix C, are decoded', () => {
  type Fields = readonly (readonly string[])[];
  const examples: readonly (readonly [name: string, expected: readonly Fields[], ...blocks: string[]])[] = [
    [
      'C.2: literals with and without a place in the table',
      [CUSTOM, fields(':path /sample/path'), fields('password secret'), CUSTOM],
      '400a 6375 7374 6f6d 2d6b 6579 0d63 7573 746f 6d2d 6865 6164 6572',
      '040c 2f73 616d 706c 652f 7061 7468',
      '1008 7061 7373 776f 7264 0673 6563 7265 74',
      'be',
    ],
    [
      'C.3: requests without Huffman code',
      REQUESTS,
      '8286 8441 0f77 7777 2e65 7861 6d70 6c65 2e63 6f6d',
      '8286 84be 5808 6e6f 2d63 6163 6865',
      '8287 85bf 400a 6375 7374 6f6d 2d6b 6579 0c63 7573 746f 6d2d 7661 6c75 65',
    ],
    [
      'C.4: requests with Huffman code',
      REQUESTS,
      '8286 8441 8cf1 e3c2 e5f2 3a6b a0ab 90f4 ff',
      '8286 84be 5886 a8eb 1064 9cbf',
      '8287 85bf 4088 25a8 49e9 5ba9 7d7f 8925 a849 e95b b8e8 b4bf',
    ],
    [
      'C.5: responses without Huffman code, with evictions',
      RESPONSES,
      `${TABLE_OF_256} 4803 3330 3258 0770 7269 7661 7465 611d 4d6f 6e2c 2032 3120 4f63 7420 3230 3133 2032 303a 3133 3a32 3120 474d 546e 1768 7474 7073 3a2f 2f77 7777 2e65 7861 6d70 6c65 2e63 6f6d`,
      '4803 3330 37c1 c0bf',
      '88c1 611d 4d6f 6e2c 2032 3120 4f63 7420 3230 3133 2032 303a 3133 3a32 3220 474d 54c0 5a04 677a 6970 7738 666f 6f3d 4153 444a 4b48 514b 425a 584f 5157 454f 5049 5541 5851 5745 4f49 553b 206d 6178 2d61 6765 3d33 3630 303b 2076 6572 7369 6f6e 3d31',
    ],
    [
      'C.6: responses with Huffman code, with evictions',
      RESPONSES,
      `${TABLE_OF_256} 4882 6402 5885 aec3 771a 4b61 96d0 7abe 9410 54d4 44a8 2005 9504 0b81 66e0 82a6 2d1b ff6e 919d 29ad 1718 63c7 8f0b 97c8 e9ae 82ae 43d3`,
      '4883 640e ffc1 c0bf',
      '88c1 6196 d07a be94 1054 d444 a820 0595 040b 8166 e084 a62d 1bff c05a 839b d9ab 77ad 94e7 821d d7f2 e6c7 b335 dfdf cd5b 3960 d5af 2708 7f36 72c1 ab27 0fb5 291f 9587 3160 65c0 03ed 4ee5 b106 3d50 07',
    ],
  ];
  for (const [name, expected, ...blocks] of examples) {
    test(name, () => {
      const decoder = new HpackDecoder();
      const decoded = blocks.map((block) => decoder.decode(bytes(block)));
      assert.deepEqual(decoded, expected);
    });
  }
});

suite('a block is refused', () => {
  for (const [name, block] of [
    ['with an index that nothing stands for', 'ff00'],
    ['with the index 0', '80'],
    ['that ends within a text', '4003 6162'],
    ['that ends within a number', '7f80'],
    ['with a number that never ends', '7fff ffff ffff ffff ffff ff01'],
    ['with Huffman code that ends within a symbol', '0081 fe 00'],
    ['with the end of a string in its Huffman code', '0084 ffff ffff 00'],
    ['with a table that is too large', '3fff ffff ff07'],
  ] as const) {
    test(name, () => assert.throws(() => new HpackDecoder().decode(bytes(block)), TapFault));
  }

  test('that expands to far more than its own size', () => {
    const decoder = new HpackDecoder();
    const long = Buffer.concat([bytes('4001 61 7f 81 1e'), Buffer.alloc(0x7f + 0xf01, 'x')]);
    assert.equal(decoder.decode(long)[0]?.[1].length, 0x7f + 0xf01);
    assert.throws(() => decoder.decode(Buffer.alloc(1_000, 0xbe)), TapFault);
  });
});

test('noise is decoded or refused without another error', () => {
  const random = new SpdyRandom(testSeed());
  for (let round = 0; round < 5_000; round++) {
    const decoder = new HpackDecoder();
    const noise = Buffer.from(Array.from({ length: 1 + random.below(60) }, () => random.below(256)));
    try {
      decoder.decode(noise);
    } catch (error) {
      assert.ok(error instanceof TapFault, String(error));
    }
  }
});
