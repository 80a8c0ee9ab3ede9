import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { assertQuick } from '../../../support/assertQuick.ts';
import { columns } from '../../../support/fields.ts';
import { usedMemory } from '../../../support/spdyMemory.ts';
import { connected, TappedConversation, turns } from '../../../support/tappedConversation.ts';

const get = (path: string, method = 'GET', more = '') =>
  `${method} ${path} HTTP/1.1\r\nHost: shop.test\r\n${more}\r\n`;
const ok = (body = '', more = '') =>
  `HTTP/1.1 200 OK\r\nContent-Length: ${body.length}\r\n${more}\r\n${body}`;
const CUT_OFF = 'the connection ended before the response was complete';

/** Returns method, path, status, sizes and note of each row. */
function summaries(conversation: TappedConversation): readonly string[] {
  return conversation.rows.map(({ method, path, status, requestBytes, responseBytes, note }) =>
    [method, path, status, requestBytes, responseBytes, ...(note === undefined ? [] : [note])].join(' '),
  );
}

function sizes({ rows }: TappedConversation) {
  return columns(rows, 'protocol', 'requestBytes', 'responseBytes', 'firstByteMs');
}

/** Plays one connection, in which the client and the pod send the texts in turns. Returns the summaries of its rows. */
function rowsOf(...texts: readonly string[]): readonly string[] {
  const conversation = new TappedConversation();
  conversation.play(turns(...texts));
  return summaries(conversation);
}

/** Defines a test of one connection, in which the client and the pod send the texts in turns. The client begins. */
function shows(title: string, texts: readonly string[], expected: readonly string[]): void {
  test(title, () => assert.deepEqual(rowsOf(...texts), expected));
}

suite('a row', () => {
  test('has method, host, path, names of the query, status, times, sizes and pod', () => {
    const { conversation, client, pod } = connected();
    client('POST /api/items?sort=name&token=planted&flag HTTP/1.1\r\nHost: shop.test\r\n');
    client('Content-Length: 4\r\n\r\nbody');
    pod('HTTP/1.1 201 Created\r\nContent-Length: 6\r\n\r\n');
    pod('answer');
    assert.deepEqual(conversation.rows, [
      {
        id: 1,
        forward: '1',
        protocol: 'http/1',
        startedAt: 1_700_000_000_001,
        method: 'POST',
        host: 'shop.test',
        path: '/api/items',
        queryNames: ['sort', 'token', 'flag'],
        status: 201,
        firstByteMs: 2,
        durationMs: 3,
        requestBytes: 4,
        responseBytes: 6,
        pod: 'web-1',
        isRecorded: false,
      },
    ]);
  });

  test('exists once the request was read, without a duration until the response is complete', () => {
    const { conversation, client, pod } = connected();
    client(get('/slow'));
    assert.equal(conversation.rows[0]?.durationMs, undefined);
    pod('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n1');
    assert.equal(conversation.rows[0]?.responseBytes, 1);
    assert.equal(conversation.rows[0]?.durationMs, undefined);
    pod('2');
    assert.equal(conversation.rows[0]?.durationMs, 2);
  });

  test('takes host and path from an absolute URL, without its user', () => {
    const conversation = new TappedConversation();
    conversation.play(turns('GET http://ann:planted@api.test:81/a?b=c HTTP/1.1\r\nHost: x\r\n\r\n', ok()));
    const [row] = conversation.rows;
    assert.deepEqual([row?.host, row?.path, row?.queryNames], ['api.test:81', '/a', ['b']]);
  });
});

suite('responses are paired with', () => {
  test('a request and a response that begin in the chunk that ends the previous ones, with the times of that chunk', () => {
    const { conversation, client, pod } = connected();
    client('POST /a HTTP/1.1\r\nHost: shop.test\r\nContent-Length: 4\r\n\r\n');
    client(`body${get('/b')}`);
    pod('HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n');
    pod(`body${ok('x')}`);
    assert.deepEqual(
      conversation.rows.map(({ path, startedAt, firstByteMs }) => [
        path,
        startedAt - 1_700_000_000_000,
        firstByteMs,
      ]),
      [
        ['/a', 1, 2],
        ['/b', 2, 2],
      ],
    );
  });

  test('pipelined requests in their order, in one piece or in many', () => {
    const requests = `${get('/1') + get('/2', 'HEAD') + get('/3', 'POST', 'Content-Length: 3\r\n')}abc${get('/4')}`;
    const responses = `${ok('one')}HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n${ok('three')}${ok('four')}`;
    const expected = ['GET /1 200 0 3', 'HEAD /2 200 0 0', 'POST /3 200 3 5', 'GET /4 200 0 4'];
    assert.deepEqual(rowsOf(requests, responses), expected);
    const { conversation, client, pod } = connected();
    for (const letter of requests) client(letter);
    for (const letter of responses) pod(letter);
    assert.deepEqual(summaries(conversation), expected);
  });

  const without = (status: number) => `HTTP/1.1 ${status} X\r\nContent-Length: 4096\r\nETag: "1"\r\n\r\n`;
  shows(
    'requests whose responses have no body, whatever Content-Length says',
    [
      get('/cached') + get('/empty') + get('/head', 'HEAD') + get('/after'),
      without(304) + without(204) + without(200) + ok('x'),
    ],
    ['GET /cached 304 0 0', 'GET /empty 204 0 0', 'HEAD /head 200 0 0', 'GET /after 200 0 1'],
  );

  shows(
    'requests after interim responses',
    [
      get('/up', 'PUT', 'Expect: 100-continue\r\nContent-Length: 4\r\n'),
      'HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n',
      ...['body', ok('done'), get('/next'), ok()],
    ],
    ['PUT /up 200 4 4', 'GET /next 200 0 0'],
  );

  test('requests whose end they precede', () => {
    const { conversation, client, pod, end } = connected();
    client(`${get('/big', 'POST', 'Content-Length: 100\r\n')}0123456789`);
    pod('HTTP/1.1 413 Too Large\r\nContent-Length: 3\r\nConnection: close\r\n\r\nbig');
    client('0123456789');
    end();
    assert.deepEqual(summaries(conversation), ['POST /big 413 20 3']);
  });

  shows(
    'no request if there is none',
    [get('/'), `${ok('x')}HTTP/1.1 408 Timeout\r\nConnection: close\r\n\r\n`],
    ['GET / 200 0 1', `  408 0 0 ${CUT_OFF}`],
  );
});

suite('bodies', () => {
  const chunks = '5;a=b\r\nhello\r\n6\r\n world\r\n0\r\nX-Checksum: 1\r\n\r\n';
  shows(
    'of chunks are counted without extensions and trailers',
    [
      get('/', 'POST', 'Transfer-Encoding: chunked\r\n') + chunks + get('/2'),
      `HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n${chunks}${ok('x')}`,
    ],
    ['POST / 200 11 11', 'GET /2 200 0 1'],
  );

  test("without a length end with the pod's FIN", () => {
    const { conversation, client, pod, podEnds } = connected();
    client(get('/'));
    pod('HTTP/1.0 200 OK\r\n\r\nsome');
    pod(' more');
    assert.equal(conversation.rows[0]?.durationMs, undefined);
    podEnds();
    assert.deepEqual(summaries(conversation), ['GET / 200 0 9']);
    assert.equal(conversation.rows[0]?.durationMs, 2);
  });

  shows(
    'that are cut off have a note',
    [get('/1') + get('/2'), 'HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf'],
    [`GET /1 200 0 4 ${CUT_OFF}`, `GET /2  0 0 ${CUT_OFF}`],
  );
});

suite('another protocol', () => {
  const upgrade = get('/live', 'GET', 'Connection: Upgrade\r\nUpgrade: websocket\r\n');
  const switched = 'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n';

  test('is counted as WebSocket messages in both directions, from the first bytes after the response', () => {
    const { conversation, client, pod, end } = connected();
    client(upgrade);
    pod(Buffer.concat([Buffer.from(switched), Buffer.from([0x81, 2, 0x68, 0x69])]));
    // One message in two fragments with a ping between them, then a message of 300 bytes.
    client(Buffer.from([0x01, 0x81, 1, 2, 3, 4, 0x60, 0x89, 0x80, 1, 2, 3, 4, 0x80, 0x81, 1, 2, 3, 4, 0x60]));
    client(Buffer.concat([Buffer.from([0x82, 0xfe, 1, 44, 1, 2, 3, 4]), Buffer.alloc(300)]));
    pod(Buffer.from([0x88, 2, 3, 0xe8]));
    end();
    const { rows } = conversation;
    assert.deepEqual(summaries(conversation), ['GET /live 101 302 2']);
    assert.deepEqual(columns(rows, 'protocol', 'requestMessages', 'responseMessages'), [['websocket', 2, 1]]);
    assert.equal(typeof rows[0]?.durationMs, 'number');
  });

  shows(
    'that the server declines leaves HTTP in effect, also for bytes sent meanwhile',
    [upgrade + get('/after'), ok('no') + ok('yes'), get('/last'), ok()],
    ['GET /live 200 0 2', 'GET /after 200 0 3', 'GET /last 200 0 0'],
  );

  const wanted = 'Connection: Upgrade\r\nUpgrade: h2c\r\n';
  shows(
    'after a request with a body is asked for once the body has arrived',
    [`${get('/', 'POST', `${wanted}Content-Length: 4\r\n`)}body`, ok('no'), get('/2'), ok()],
    ['POST / 200 4 2', 'GET /2 200 0 0'],
  );

  for (const end of ['', 'x'])
    shows(
      `that is refused ${end === '' ? 'before' : 'while'} the body of the request arrives does not affect the next requests`,
      [
        get('/', 'POST', `${wanted}Content-Length: 4\r\n`),
        `HTTP/1.1 401 Unauthorized\r\nContent-Length: 1\r\n\r\n${end === '' ? 'x' : ''}`,
        `body${get('/2')}`,
        end + ok('2'),
        get('/3'),
        ok('3'),
      ],
      ['POST / 401 4 1', 'GET /2 200 0 1', 'GET /3 200 0 1'],
    );

  const inChunks = `${get('/', 'POST', `${wanted}Transfer-Encoding: chunked\r\n`)}3\r\nabc\r\n0\r\n\r\n`;
  shows(
    'that is refused for a request in chunks does not affect the next request',
    [inChunks, ok('no'), get('/2'), ok()],
    ['POST / 200 3 2', 'GET /2 200 0 0'],
  );

  test('is found in a list with many spaces, without a delay', () => {
    const { conversation, client, pod } = connected();
    const protocols = `a${' '.repeat(120_000)}b ,\tWebSocket`;
    client(get('/live', 'GET', `Connection: Upgrade\r\nUpgrade: ${protocols}\r\n`));
    assertQuick('the response', () => pod(switched));
    assert.equal(conversation.rows[0]?.protocol, 'websocket');
  });

  shows(
    'of CONNECT and of anything else counts bytes',
    ['CONNECT db:5432 HTTP/1.1\r\nHost: db\r\n\r\n', 'HTTP/1.1 200 OK\r\n\r\nhello', '\u0000\u0001\u0002'],
    ['CONNECT db:5432 200 3 5'],
  );
});

suite('the tap leaves a connection alone', () => {
  test('whose method becomes unknown, with a note on its open rows', () => {
    const { conversation, client, pod, place } = connected();
    client(get('/1'));
    client(get('/2', 'QUERY'));
    assert.equal(place.tap, undefined);
    pod(ok());
    assert.deepEqual(summaries(conversation), ['GET /1  0 0 logging stopped: unknown request method QUERY']);
  });

  test('whose method is unknown, and does not keep the request line in memory', async () => {
    const conversation = new TappedConversation();
    const before = await usedMemory();
    for (let count = 0; count < 200; count++) {
      const { client } = conversation.connect();
      client(get('/'));
      client(get(`/${'x'.repeat(100_000)}`, 'QUERY-QUERY-QUERY'));
    }
    assert.match(conversation.rows.at(-1)?.note ?? '', / QUERY-QUERY-QUERY$/);
    const more = (await usedMemory()) - before;
    assert.ok(more < 200 * 10_000, `${more} bytes`);
  });

  test('that begins with an unknown method, with a note, however its bytes are split', () => {
    const query = 'QUERY /a HTTP/1.1\r\nHost: a\r\n\r\n';
    for (const size of [1, 3, 100]) {
      const { conversation, client, pod, end } = connected();
      for (let at = 0; at < query.length; at += size) client(query.slice(at, at + size));
      pod(ok());
      end();
      const [row] = conversation.rows;
      assert.deepEqual(
        [row?.protocol, row?.requestBytes, row?.responseBytes, row?.note],
        ['tcp', query.length, ok().length, 'logging stopped: unknown request method QUERY'],
      );
    }
  });

  test('that only begins like HTTP, with its sizes and times', () => {
    const conversation = new TappedConversation();
    conversation.play(turns('GET a key\r\n', '$3\r\nabc\r\n'));
    assert.deepEqual(sizes(conversation), [['tcp', 11, 9, 1]]);
  });

  // http-parser-js steps back in the bytes if a length is below 0, so it would read the same bytes for ever.
  for (const [name, response] of [
    ['a Content-Length below 0', 'HTTP/1.1 200 OK\r\nContent-Length: -38\r\n\r\n'],
    ['a Content-Length that is not a number', 'HTTP/1.1 200 OK\r\nContent-Length: 1e3\r\n\r\n'],
    ['a transfer coding that is not known', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n'],
    ['two lengths', 'HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n'],
    [
      'a chunk of less than 0 bytes',
      'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n-5\r\nabc',
    ],
    ['a chunk whose size is no number', `${'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n'}xyz\r\n`],
    ['a space before the colon of a header', 'HTTP/1.1 200 OK\r\nContent-Length : 1\r\n\r\na'],
    [
      'two transfer codings',
      'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n',
    ],
    ['no status', 'ICY 200 OK\r\n\r\n'],
  ] as const) {
    test(`whose response has ${name}`, () => {
      const { conversation, client, pod, place } = connected();
      client(get('/'));
      pod(response);
      assert.equal(place.tap, undefined);
      assert.match(conversation.rows[0]?.note ?? '', /^logging stopped: /);
      assert.equal(typeof conversation.rows[0]?.durationMs, 'number');
    });
  }

  // http-parser-js would search such a line again from each of its spaces, which takes quadratic time.
  for (const [name, start] of [
    ['head', 'HTTP/1.1 200 OK\r\nA: b\r\n'],
    ['trailers', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nA: b\r\n'],
  ] as const) {
    test(`at once, whose ${name} have a long line of spaces`, () => {
      const { conversation, client, pod, place } = connected();
      client(get('/'));
      assertQuick('the line', () => pod(`${start}${' \t'.repeat(60_000)}\r\n`));
      assert.equal(place.tap, undefined);
      assert.deepEqual(
        conversation.rows.map(({ note }) => note),
        ['logging stopped: invalid header line'],
      );
    });
  }

  test('whose head, chunk size or trailers have no end', () => {
    const endless = [
      'HTTP/1.1 200 OK\r\nX: ',
      'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n',
      'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n',
    ];
    for (const [index, start] of endless.entries()) {
      const { client, pod, place } = connected();
      client(get('/'));
      pod(start);
      for (let count = 0; count < 20 && place.tap !== undefined; count++)
        pod(index === 2 ? 'X-Trailer: 1\r\n'.repeat(1_000) : 'a'.repeat(14_000));
      assert.equal(place.tap, undefined, start);
    }
  });

  test('with too many unanswered requests', () => {
    const { conversation, client, place } = connected();
    for (let count = 0; count < 20 && place.tap !== undefined; count++) client(get('/').repeat(100));
    assert.equal(place.tap, undefined);
    assert.ok(conversation.rows.every(({ durationMs }) => durationMs !== undefined));
  });
});

suite('a connection that was open before its log', () => {
  function joined(before: readonly string[] = [get('/before'), ok()]) {
    const conversation = new TappedConversation('off');
    const connection = conversation.connect();
    for (const [index, text] of before.entries())
      index % 2 === 0 ? connection.client(text) : connection.pod(text);
    conversation.forward.setMode('metadata');
    return { conversation, ...connection };
  }

  test('is picked up at its next request', () => {
    const { conversation, client, pod } = joined();
    client(get('/after'));
    pod(ok('x'));
    assert.deepEqual(summaries(conversation), ['GET /after 200 0 1']);
    assert.equal(conversation.rows[0]?.durationMs, 1);
  });

  test('is picked up after a response in progress, and pairs nothing wrongly', () => {
    const { conversation, client, pod } = joined([
      get('/before'),
      'HTTP/1.1 200 OK\r\nContent-Length: 20\r\n\r\n0123456789',
    ]);
    client(get('/pipelined'));
    pod(`0123456789${ok('two')}`);
    client(get('/after'));
    pod(ok('three'));
    assert.deepEqual(summaries(conversation), ['GET /after 200 0 5']);
  });

  test('is picked up after a request in progress', () => {
    const { conversation, client, pod } = joined([get('/before', 'POST', 'Content-Length: 30\r\n')]);
    client('012345678901234567890123456789');
    pod(ok());
    client(get('/after', 'POST', 'Content-Length: 4\r\n'));
    client('body');
    pod(ok('x'));
    assert.deepEqual(summaries(conversation), ['POST /after 200 4 1']);
  });

  test('has no row if it speaks another protocol', () => {
    const { conversation, client, pod, end } = joined(['\u0000\u0001', '\u0002']);
    client('\u0003GET');
    pod('\u0004');
    end();
    assert.deepEqual(conversation.rows, []);
  });

  test('counts as new if nothing has passed yet', () => {
    const { conversation, client, pod } = joined([]);
    client('\u0003');
    pod('\u0004');
    assert.equal(conversation.rows[0]?.protocol, 'tcp');
  });
});

test('a log that is switched off ends the open rows and sees nothing more', () => {
  const { conversation, client, pod, place } = connected();
  client(get('/1'));
  conversation.forward.setMode('off');
  assert.equal(place.tap, undefined);
  pod(ok());
  client(get('/2'));
  assert.deepEqual(summaries(conversation), ['GET /1  0 0 the log was turned off']);
});

test('a connection whose server speaks first or that is not HTTP is a row with sizes and times', () => {
  const conversation = new TappedConversation();
  const ftp = conversation.connect();
  ftp.pod('220 ready\r\n');
  ftp.client('USER ann\r\n');
  ftp.end();
  const database = conversation.connect();
  database.client(Buffer.from([0, 0, 0, 8, 4, 210, 22, 47]));
  database.pod('N');
  database.end();
  assert.deepEqual(sizes(conversation), [
    ['tcp', 10, 11, undefined],
    ['tcp', 8, 1, 1],
  ]);
});
