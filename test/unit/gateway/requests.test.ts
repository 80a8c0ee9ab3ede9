import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkBrowserRequest } from '../../../src/gateway/http/browserRules.ts';
import { oneRequest, requestGuard } from '../../../src/gateway/http/requestGuard.ts';
import { bodyFraming, peekRequestHead, type RequestHead } from '../../../src/gateway/http/requestHead.ts';
import { parseGreeting, parsePassword, parseRequest } from '../../../src/gateway/socks.ts';
import { assertQuick } from '../../support/assertQuick.ts';
import { coded } from '../../support/coded.ts';

const isRefused = coded('REQUEST_REFUSED');

function headOf(...lines: readonly string[]): RequestHead {
  const head = peekRequestHead(Buffer.from(`${lines.join('\r\n')}\r\n\r\n`));
  assert.ok(head);
  return head.value;
}

test('a head is parsed once it is complete', () => {
  const bytes = Buffer.from('GET /a?b HTTP/1.1\r\nHost: web\r\nX-Empty:\r\nX-Space: \t a b \r\n\r\nbody');
  for (let length = 0; length < bytes.length - 4; length++) {
    assert.equal(peekRequestHead(bytes.subarray(0, length)), undefined);
  }
  const head = peekRequestHead(bytes);
  assert.equal(head?.length, bytes.length - 4);
  assert.deepEqual(head?.value.headers, [
    ['host', 'web'],
    ['x-empty', ''],
    ['x-space', 'a b'],
  ]);
});

test('heads that two programs could read differently are refused', () => {
  const wrong = [
    'GET / HTTP/1.1\r\nHost: a\r\n folded',
    'GET / HTTP/1.1\r\nHost : a',
    'GET / HTTP/1.1\nHost: a',
    'GET / HTTP/1.1\r\nHost: a\rX: b',
    'GET  / HTTP/1.1',
    'GET / HTTP/2.0',
    'GET / HTTP/1.1\r\n: a',
    'GET /\x00 HTTP/1.1',
    'PRI * HTTP/2.0',
  ];
  for (const head of wrong) {
    assert.throws(() => peekRequestHead(Buffer.from(`${head}\r\n\r\n`)), isRefused, JSON.stringify(head));
  }
  const lengths = [
    ['Content-Length: 1', 'Content-Length: 2'],
    ['Content-Length: 1', 'Transfer-Encoding: chunked'],
    ['Transfer-Encoding: chunked', 'Transfer-Encoding: chunked'],
    ['Transfer-Encoding: gzip, chunked'],
    ['Content-Length: +1'],
    ['Content-Length: 1, 1'],
  ];
  for (const headers of lengths) {
    assert.throws(() => bodyFraming(headOf('POST / HTTP/1.1', ...headers)), isRefused, headers.join());
  }
});

const FIRST = 'POST /0 HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\n';

/**
 * Passes a first request and then `stream` through the guard, in pieces of `pieceLength` bytes. Returns the requests
 * that the guard found in `stream`.
 */
function guarded(stream: string, pieceLength: number): readonly string[] {
  const seen: string[] = [];
  const first = headOf(...FIRST.split('\r\n').slice(0, -2));
  const inspect = requestGuard(first, FIRST.length, ({ method, target }) => seen.push(`${method} ${target}`));
  const bytes = Buffer.from(`${FIRST}body${stream}`, 'latin1');
  for (let at = 0; at < bytes.length; at += pieceLength) inspect(bytes.subarray(at, at + pieceLength));
  return seen;
}

test('every further request of a kept-alive connection is checked, whatever its body and however it is cut', () => {
  const body = 'GET /no HTTP/1.1\r\nHost: b\r\n\r\n';
  const stream = [
    'GET /1 HTTP/1.1\r\nHost: a\r\n\r\n',
    `POST /2 HTTP/1.1\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
    '\r\nPOST /3 HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n',
    `${body.length.toString(16)};x=y\r\n${body}\r\n0\r\nTrailer: 1\r\n\r\n`,
    'PUT /4 HTTP/1.1\r\nContent-Length: 0\r\n\r\n',
    'GET /5 HTTP/1.1\r\nConnection: keep-alive, Upgrade\r\nUpgrade: websocket\r\n\r\n',
    'GET /no HTTP/1.1\r\n\r\n\x00\x01',
  ].join('');
  const expected = ['GET /1', 'POST /2', 'POST /3', 'PUT /4', 'GET /5'];
  for (const length of [1, 2, 3, 7, 64, stream.length]) {
    assert.deepEqual(guarded(stream, length), expected, `in pieces of ${length}`);
  }
});

test('the first request to a proxy over a connection passes completely, and nothing after it', () => {
  const next = 'GET http://other/ HTTP/1.1\r\nProxy-Authorization: Basic secret\r\n\r\n';
  const upgrade = ['Connection: Upgrade', 'Upgrade: websocket'];
  const rows: readonly (readonly [body: string, behind: string, ...headers: string[]])[] = [
    ['', next],
    ['ab', next, 'Content-Length: 2'],
    ['2\r\nab\r\n0\r\nTrailer: 1\r\n\r\n', next, 'Transfer-Encoding: chunked'],
    ['\0\x01frames', '', ...upgrade],
  ];
  for (const [body, behind, ...headers] of rows) {
    const sent = 'POST / HTTP/1.1\r\nHost: web\r\nConnection: close\r\n\r\n';
    const bytes = Buffer.from(`${sent}${body}${behind}`);
    for (const length of [1, 2, 3, 7, 64, bytes.length]) {
      const inspect = oneRequest(headOf('POST http://web/ HTTP/1.1', ...headers), sent.length);
      let passed = '';
      for (
        let at = 0, passing: number | undefined;
        at < bytes.length && passing === undefined;
        at += length
      ) {
        const chunk = bytes.subarray(at, at + length);
        passing = inspect(chunk);
        passed += chunk.toString('latin1', 0, passing);
      }
      assert.equal(passed, `${sent}${body}`, `${headers.join()} in pieces of ${length}`);
    }
  }
});

test('a request behind a refused upgrade does not pass, and the bytes of the other protocol do', () => {
  const upgrade = ['Connection: Upgrade', 'Upgrade: websocket'];
  const sent = 'POST / HTTP/1.1\r\nHost: web\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n';
  const next = Buffer.from('GET http://other/ HTTP/1.1\r\nProxy-Authorization: Basic secret\r\n\r\n');
  const rows: readonly (readonly [body: string, ...headers: string[]])[] = [
    [''],
    ['ab', 'Content-Length: 2'],
    ['2\r\nab\r\n0\r\nTrailer: 1\r\n\r\n', 'Transfer-Encoding: chunked'],
  ];
  for (const [body, ...headers] of rows) {
    const head = headOf('POST http://web/ HTTP/1.1', ...upgrade, ...headers);
    const refused = oneRequest(head, sent.length);
    assert.equal(refused(Buffer.from(sent + body)), undefined);
    assert.deepEqual([refused(next), refused(next)], [0, 0], headers.join());
    // TCP may split the bytes anywhere. The start of the request line passes: a server does nothing with an incomplete
    // line.
    for (const line of ['', '\n', '\r\n']) {
      const behindLine = Buffer.concat([Buffer.from(line), next]);
      for (let at = 1; at < `${line}GET http://`.length; at++) {
        const split = oneRequest(head, sent.length);
        assert.equal(split(Buffer.from(sent + body + behindLine.toString('latin1', 0, at))), undefined);
        assert.equal(split(behindLine.subarray(at)), 0, `${headers.join()} ${at}`);
      }
    }
    for (const bytes of ['PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', '\x81\x85abcdefghi', 'GET /']) {
      const upgraded = oneRequest(head, sent.length);
      assert.equal(upgraded(Buffer.from(`${sent}${body}${bytes}`, 'latin1')), undefined);
      assert.equal(upgraded(next), undefined, bytes);
    }
  }
});

test('the server decides about long heads and the bytes of a target', () => {
  const [target, long] = ['/\u00c3\u00a4', 'x'.repeat(60_000)];
  const head = peekRequestHead(Buffer.from(`GET ${target} HTTP/1.1\r\nX: ${long}\r\n\r\n`, 'latin1'));
  assert.deepEqual([head?.value.target, head?.value.headers], [target, [['x', long]]]);
});

test('an endless head, line or trailer is refused, and so is a malformed chunk', () => {
  const long = 'x'.repeat(140_000);
  const wrong = [
    `GET / HTTP/1.1\r\nX: ${long}`,
    `POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n${long}`,
    'POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n',
    'POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n\r\n',
  ];
  for (const stream of wrong) assert.throws(() => guarded(stream, 1_000), isRefused, stream.slice(0, 80));
});

test('a header with many spaces is parsed or refused in linear time', () => {
  const spaces = ' '.repeat(120_000);
  const parse = (header: string) => assertQuick('a header', () => headOf('GET / HTTP/1.1', header));
  assert.deepEqual(parse(`A:${spaces}b`).headers, [['a', 'b']]);
  assert.deepEqual(parse(`A: b${spaces}c`).headers, [['a', `b${spaces}c`]]);
  for (const header of [`A:${spaces}\0`, `A: b${spaces}\0`, `${spaces}A: b`])
    assert.throws(() => parse(header), isRefused);
});

test('requests that foreign pages make browsers send are refused', () => {
  const rows: readonly (readonly [expected: 'passes' | 'refused', ...headers: string[]])[] = [
    ['passes'],
    ['passes', 'Sec-Fetch-Site: same-origin'],
    ['passes', 'Sec-Fetch-Site: same-site', 'Origin: http://web.demo.localhost:8900'],
    ['passes', 'Sec-Fetch-Site: none', 'Sec-Fetch-Mode: navigate'],
    ['passes', 'Sec-Fetch-Site: cross-site', 'Sec-Fetch-Mode: navigate', 'Sec-Fetch-Dest: document'],
    ['passes', 'Sec-Fetch-Site: cross-site', 'Origin: http://localhost:5173'],
    ['passes', 'Sec-Fetch-Site: cross-site', 'Origin: http://[::1]:5173'],
    ['passes', 'Sec-Fetch-Site: cross-site', 'Sec-Fetch-Mode: no-cors', 'Referer: http://127.0.0.1:5173/a'],
    ['passes', 'Origin: https://shop.localhost'],
    ['passes', 'Connection: Upgrade', 'Upgrade: websocket'],
    ['passes', 'Connection: Upgrade', 'Upgrade: websocket', 'Origin: http://localhost:5173'],
    ['refused', 'Sec-Fetch-Site: cross-site'],
    ['refused', 'Sec-Fetch-Site: cross-site', 'Sec-Fetch-Mode: no-cors', 'Referer: https://evil.example/'],
    ['refused', 'Sec-Fetch-Site: cross-site', 'Origin: null', 'Referer: http://localhost:5173'],
    ['refused', 'Sec-Fetch-Site: cross-site', 'Sec-Fetch-Mode: navigate', 'Sec-Fetch-Dest: object'],
    ['refused', 'Sec-Fetch-Site: cross-site', 'Origin: https://localhost.evil.example'],
    ['refused', 'Sec-Fetch-Site: cross-site', 'Origin: http://web.demo'],
    ['refused', 'Origin: https://evil.example'],
    ['refused', 'Origin: null'],
    ['refused', 'Origin: http://localhost:1', 'Origin: https://evil.example'],
    ['refused', 'Connection: Upgrade', 'Upgrade: websocket', 'Origin: https://evil.example'],
    ['refused', 'Connection: Upgrade', 'Upgrade: websocket', 'Origin: null', 'Sec-Fetch-Site: same-origin'],
  ];
  for (const [expected, ...headers] of rows) {
    const check = () => checkBrowserRequest(headOf('GET / HTTP/1.1', ...headers), () => false);
    if (expected === 'passes') assert.doesNotThrow(check, headers.join(', '));
    else assert.throws(check, isRefused, headers.join(', '));
  }
  // A POST to another site can change data, so it is refused, although following a link to another site is allowed.
  const form = ['Sec-Fetch-Site: cross-site', 'Sec-Fetch-Mode: navigate', 'Origin: https://evil.example'];
  assert.throws(() => checkBrowserRequest(headOf('POST / HTTP/1.1', ...form), () => false), isRefused);
});

test('SOCKS messages of real clients are parsed', () => {
  // The greetings of curl --socks5-hostname and of Java's SocksSocketImpl. Java offers a password, and sends an empty
  // password.
  assert.deepEqual(parseGreeting(Buffer.from('050100', 'hex')), { value: 'none', consumed: 3 });
  assert.deepEqual(parseGreeting(Buffer.from('05020002', 'hex')), { value: 'password', consumed: 4 });
  assert.deepEqual(parseGreeting(Buffer.from('050101', 'hex')), { value: undefined, consumed: 3 });
  assert.deepEqual(parsePassword(Buffer.from('0104757365 7200'.replace(' ', ''), 'hex')), {
    value: '',
    consumed: 7,
  });
  const name = Buffer.concat([
    Buffer.from('0501000308', 'hex'),
    Buffer.from('web.demo'),
    Buffer.from('0050', 'hex'),
  ]);
  assert.deepEqual(parseRequest(name), {
    value: { isConnect: true, host: 'web.demo', port: 80 },
    consumed: name.length,
  });
  for (let length = 0; length < name.length; length++) {
    assert.equal(parseRequest(name.subarray(0, length)), undefined);
  }
  assert.equal(parseRequest(Buffer.from('050100010a00000701bb', 'hex'))?.value.host, '10.0.0.7');
  const six = parseRequest(Buffer.from(`05010004fd00${'00'.repeat(13)}0701bb`, 'hex'));
  assert.deepEqual(six?.value, { isConnect: true, host: 'fd00::7', port: 443 });
  assert.equal(parseRequest(Buffer.from('05030001000000000000', 'hex'))?.value.isConnect, false);
  assert.throws(() => parseRequest(Buffer.from('0501000900', 'hex')), isRefused);
});
