import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkBrowserRequest } from '../../../src/gateway/http/browserRules.ts';
import { tunnelGuard } from '../../../src/gateway/http/requestGuard.ts';
import { coded } from '../../support/coded.ts';

const FOREIGN =
  'POST /foreign HTTP/1.1\r\nHost: web\r\nOrigin: http://evil.example\r\nContent-Length: 0\r\n\r\n';
const UPGRADE = 'GET /chat HTTP/1.1\r\nHost: web\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n';

/**
 * Sends bytes through a tunnel, cut into pieces, each of which must pass as soon as it arrives. Returns the requests
 * that were checked.
 */
function send(bytes: string, length: number): readonly string[] {
  const seen: string[] = [];
  const inspect = tunnelGuard((head) => {
    seen.push(`${head.method} ${head.target}`);
    checkBrowserRequest(head, (host) => host === 'web');
  });
  const all = Buffer.from(bytes, 'latin1');
  for (let at = 0; at < all.length; at += length) {
    assert.equal(inspect(all.subarray(at, at + length)), undefined);
  }
  return seen;
}

test('each HTTP/1 request in a tunnel is checked, however its bytes are cut, and a request of a foreign page is refused', () => {
  const before = [
    'GET /1 HTTP/1.1\r\nHost: web\r\n\r\n',
    'POST /2 HTTP/1.1\r\nHost: web\r\nOrigin: http://web\r\nContent-Length: 3\r\n\r\na=b',
    'POST /3 HTTP/1.1\r\nHost: web\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\n\r\n',
    UPGRADE,
  ].join('');
  for (const length of [1, 2, 3, 7, 64, 10_000]) {
    assert.deepEqual(send(before, length), ['GET /1', 'POST /2', 'POST /3', 'GET /chat']);
    for (const first of ['', before]) {
      assert.throws(() => send(first + FOREIGN, length), coded('REQUEST_REFUSED', /evil\.example/));
    }
  }
  const socket = UPGRADE.replace('Host', 'Origin: https://evil.example\r\nHost');
  assert.throws(() => send(socket, socket.length), coded('REQUEST_REFUSED', /evil\.example/));
});

test('other protocols in a tunnel pass at once and unchecked, however their bytes are cut', () => {
  const rows = [
    '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03',
    'SSH-2.0-OpenSSH_9.6\r\n',
    'PING\r\n',
    '*2\r\n$3\r\nGET\r\n$1\r\na\r\n',
    'set key 0 0 1\r\na\r\n',
    'EHLO me\r\n',
    'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n',
    'OPTIONS rtsp://web/ RTSP/1.0\r\n\r\n',
    'GET / HTTP/1.0\n\n',
    'GET / HTTP/1.1\r\nX : no header\r\n\r\n',
    'POST / HTTP/1.1\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n',
    'POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nno chunk\r\n',
    'SOURCE /radio HTTP/1.0\r\n\r\n\xff\xfb\x90',
    `${UPGRADE}\x81\x85abcdefghi`,
    '\0'.repeat(300_000),
    `${'x'.repeat(300_000)}\r\n`,
    `set ${'x '.repeat(100_000)}\r\n`,
  ];
  for (const bytes of rows) {
    for (const length of bytes.length > 1_000 ? [16_384] : [1, 2, 3, 7, 1_000]) {
      assert.doesNotThrow(() => send(bytes + FOREIGN, length), bytes.slice(0, 80));
    }
  }
});

test('a request line in a tunnel that is too long to be checked is refused', () => {
  const long = `GET /${'x'.repeat(200_000)} HTTP/1.1\r\nHost: web\r\n\r\n`;
  for (const length of [16_384, long.length]) {
    assert.throws(() => send(long, length), coded('REQUEST_REFUSED', /larger/));
  }
});
