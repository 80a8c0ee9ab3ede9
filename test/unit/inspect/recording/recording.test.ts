import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync, zstdCompressSync } from 'node:zlib';
import { isCoded } from '../../../../src/base/errors.ts';
import { RECORDING_LIMIT } from '../../../../src/inspect/exchangeLog.ts';
import { MemoryBudget } from '../../../../src/inspect/recording/memoryBudget.ts';
import { Recording } from '../../../../src/inspect/recording/recording.ts';
import { redactBody } from '../../../../src/inspect/recording/redactBody.ts';
import { EXCHANGE_LIMIT, REDACTED } from '../../../../src/kinds/exchange.ts';
import { assertQuick } from '../../../support/assertQuick.ts';
import { settle } from '../../../support/spdyBytes.ts';
import { usedMemory } from '../../../support/spdyMemory.ts';
import { connected, TappedConversation, turns } from '../../../support/tappedConversation.ts';

const SECRET = 'planted-secret-value';
const FORM = 'application/x-www-form-urlencoded';

/** Pieces of text, to be repeated up to 64 KiB. Bad regular expressions in the redaction would backtrack for long. */
const HOSTILE_PIECES = [
  ...[
    '"',
    '\\',
    ' ',
    'a',
    'key',
    '-',
    '\t',
    '\r\n',
    'eyJ',
    'eyJ-',
    'eyJaaaaaaaa.',
    'bearer ',
    '://a',
    '{"token":',
  ],
  ...[
    'a:',
    'a=',
    '<a ',
    '<a b',
    '<token>',
    'token:\n',
    'token:\n ',
    'token: |\n',
    'token: a\n ',
    'token:\n a\rb',
    'token:\n \r',
    '</token',
    '"name":"token",',
    '"name":"',
    'name: token\n value: ',
    'name: token\n value: |\n',
    '- name: ',
    '<input name=token value=',
    '&a=b',
    '%=1&',
    'a=%',
    'a=%3D&',
    'a%253D%3D=',
    '"\\',
    'a="\\\n',
    '"\\"" ',
    'token: a\n',
    'token=\\\n',
    "'token' = a\n ",
    '?a?',
    ';;',
    ' a=b',
    "'token': '",
    "'a': ",
    '{a: ',
    '{token: ',
    '"\n\\\\"',
    '\\\\"\n',
    '{token: a\\\\',
    ', token: {',
    '"name":"a","b":"c"',
    "name: a, name: 'b', ",
    "value: 'a', name: ",
    "token: ['a', '",
    "{token: {'",
    '"value":"a","b":"c",',
    '"value":"',
    '"name":"a","value":{',
    '<a name="token">',
    '<a name="token" value=',
    '<img name="key">',
    '<iMg name=key><param name=key>',
    '<name>token</name><a>',
    '<name>token</name><a></a>',
    '<value><name>',
    '<value></value>',
    '<key>token</key><string>',
    `${'<name>'.repeat(665)}</name>`,
    `${'<value>'.repeat(571)}</value>${`<name>${'x'.repeat(3_900)}</name>`.repeat(9)}`,
    '"a=",',
    '"\\\\\\"a=\\\\\\"",',
  ],
  ...[
    '-----BEGIN PRIVATE KEY-----',
    'content-disposition: x; name=',
    'content-disposition: x; name=token\r\n',
  ],
];

/** Returns the details of one recorded exchange, with its bodies as text. */
async function recorded(request: string | Buffer, response: string | Buffer) {
  const conversation = new TappedConversation('record');
  conversation.play(turns(request, response));
  const details = await conversation.log.exchanges.read(1);
  const text = ({ body }: { body: string }) => Buffer.from(body, 'base64').toString();
  return { ...details, requestText: text(details.request), responseText: text(details.response) };
}

const post = (type: string, body: string | Buffer, more = '') =>
  Buffer.concat([
    Buffer.from(
      `POST / HTTP/1.1\r\nContent-Type: ${type}\r\nContent-Length: ${Buffer.byteLength(body)}\r\n${more}\r\n`,
    ),
    Buffer.from(body),
  ]);
const OK = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok';

suite('a recording', () => {
  test('has heads in their order, the query, and bodies', async () => {
    const details = await recorded(
      'PUT /a?b=c&d=e%20f HTTP/1.1\r\nHost: shop.test\r\nX-Twice: 1\r\nx-twice: 2\r\nContent-Length: 3\r\n\r\nabc',
      'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: X-Sum\r\n\r\n3\r\nxyz\r\n0\r\nX-Sum: 9\r\n\r\n',
    );
    assert.equal(details.isRecorded, true);
    assert.equal(details.query, 'b=c&d=e%20f');
    assert.deepEqual(details.request.head, [
      ['Host', 'shop.test'],
      ['X-Twice', '1'],
      ['x-twice', '2'],
      ['Content-Length', '3'],
    ]);
    assert.deepEqual(details.response.head.at(-1), ['X-Sum', '9']);
    assert.deepEqual([details.requestText, details.responseText], ['abc', 'xyz']);
    assert.deepEqual([details.request.isTruncated, details.response.isTruncated], [false, false]);
  });

  test('keeps 64 KiB of a body and marks a longer one', async () => {
    const body = Buffer.alloc(70_000, 'x');
    const details = await recorded(post('text/plain', body), OK);
    assert.equal(details.requestText.length, 65_536);
    assert.equal(details.request.isTruncated, true);
    assert.equal(details.requestBytes, 70_000);
  });

  test('of an open exchange has no bodies yet, and marks them if they have begun', async () => {
    const { conversation, client, pod } = connected('record');
    const marks = async () => {
      const { request, response } = await conversation.log.exchanges.read(1);
      return [request.body, request.isTruncated, response.body, response.isTruncated];
    };
    client('POST / HTTP/1.1\r\nContent-Length: 3\r\n\r\n');
    assert.deepEqual(await marks(), ['', false, '', false]);
    client('abc');
    pod('HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nabc');
    assert.deepEqual(await marks(), ['', true, '', true]);
    pod('abc');
    assert.deepEqual(await marks(), ['YWJj', false, 'YWJjYWJj', false]);
  });

  test('marks a request body that continues after the end of the response', async () => {
    const { conversation, client, pod } = connected('record');
    client('POST / HTTP/1.1\r\nContent-Length: 6\r\n\r\nabc');
    pod('HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n\r\n');
    const { request } = await conversation.log.exchanges.read(1);
    assert.deepEqual([request.body, request.isTruncated], ['YWJj', true]);
    client('def');
    assert.deepEqual((await conversation.log.exchanges.read(1)).request, request);
  });

  test('marks each body that the end of the connection or of the log cuts off', async () => {
    const begun = 'HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nabc';
    for (const [request, response, expected] of [
      ['POST / HTTP/1.1\r\nContent-Length: 6\r\n\r\nabc', '', [true, false]],
      ['POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n', '', [true, false]],
      ['POST / HTTP/1.1\r\nContent-Length: 6\r\n\r\nabc', begun, [true, true]],
      ['GET / HTTP/1.1\r\n\r\n', begun, [false, true]],
      ['GET / HTTP/1.1\r\n\r\n', '', [false, false]],
    ] as const) {
      for (const end of ['connection', 'log']) {
        const { conversation, client, pod, end: endConnection } = connected('record');
        client(request);
        if (response !== '') pod(response);
        if (end === 'connection') endConnection();
        else conversation.forward.setMode('off');
        const details = await conversation.log.exchanges.read(1);
        assert.deepEqual([details.request.isTruncated, details.response.isTruncated], expected, request);
      }
    }
  });

  test('is complete if the end of the connection ends a response without a length', async () => {
    const { conversation, client, pod, podEnds, end } = connected('record');
    client('GET / HTTP/1.1\r\n\r\n');
    pod('HTTP/1.1 200 OK\r\n\r\nabc');
    podEnds();
    end();
    const { response } = await conversation.log.exchanges.read(1);
    assert.deepEqual([response.body, response.isTruncated], ['YWJj', false]);
  });

  test('whose body cannot be redacted is discarded, and raises no unhandled rejection', async () => {
    const budget = new MemoryBudget(1_000, () => {
      throw new Error('a bug');
    });
    const recording = new Recording(budget);
    recording.addRequestBody(Buffer.from('{"token":1},'.repeat(40)));
    recording.seal();
    await settle();
    assert.equal(await recording.read(), undefined);
    assert.deepEqual([recording.isKept, budget.usedBytes], [false, 0]);
  });

  test('has no content encoding, if the encoding is known', async () => {
    const body = JSON.stringify({ items: ['cup'], password: SECRET });
    const encodings = {
      gzip: gzipSync(body),
      deflate: deflateSync(body),
      'Deflate ': deflateRawSync(body),
      br: brotliCompressSync(body),
      zstd: zstdCompressSync(body),
      'gzip, br': brotliCompressSync(gzipSync(body)),
    };
    for (const [encoding, bytes] of Object.entries(encodings)) {
      const details = await recorded(
        post('application/json', bytes, `Content-Encoding: ${encoding}\r\n`),
        OK,
      );
      assert.equal(details.requestText, `{"items":["cup"],"password":"${REDACTED}"}`, encoding);
    }
    const inTwoFields = 'Content-Encoding: gzip\r\ncontent-encoding: br\r\n';
    const twice = await recorded(post('application/json', encodings['gzip, br'], inTwoFields), OK);
    assert.equal(twice.requestText, `{"items":["cup"],"password":"${REDACTED}"}`);
    const unknown = await recorded(post('application/json', body, 'Content-Encoding: secret\r\n'), OK);
    assert.deepEqual([unknown.requestText, unknown.request.isTruncated], ['', true]);
    const cut = await recorded(
      post('application/json', gzipSync(body).subarray(0, 40), 'Content-Encoding: gzip\r\n'),
      OK,
    );
    assert.match(cut.requestText, /^\{"items/);
    const bomb = await recorded(
      post('text/plain', gzipSync(Buffer.alloc(20_000_000)), 'Content-Encoding: gzip\r\n'),
      OK,
    );
    assert.deepEqual([bomb.requestText.length, bomb.request.isTruncated], [65_536, true]);
  });

  test('has a decoded body for up to 5 content encodings, and an empty body for more', async () => {
    const texts: string[] = [];
    let body = Buffer.from('text');
    for (let count = 1; count <= 6; count++) {
      body = gzipSync(body);
      const encodings = Array.from({ length: count }, () => 'gzip').join(', ');
      const { request, requestText } = await recorded(
        post('text/plain', body, `Content-Encoding: ${encodings}\r\n`),
        OK,
      );
      texts.push(`${requestText} ${request.isTruncated}`);
    }
    assert.deepEqual(texts, [...Array.from({ length: 5 }, () => 'text false'), ' true']);
  });

  test('does not contain exchanges before Record or cleared ones', async () => {
    const conversation = new TappedConversation();
    conversation.play(turns('GET / HTTP/1.1\r\n\r\n', OK));
    const isNotFound = (error: unknown) => isCoded(error, 'EXCHANGE_NOT_FOUND');
    await assert.rejects(conversation.log.exchanges.read(1), isNotFound);
    conversation.forward.setMode('record');
    conversation.play(turns('GET / HTTP/1.1\r\n\r\n', OK));
    await conversation.log.exchanges.read(2);
    conversation.log.exchanges.clear('1');
    await assert.rejects(conversation.log.exchanges.read(2), isNotFound);
    assert.equal(conversation.log.exchanges.recordedBytes, 0);
    assert.deepEqual(conversation.rows, []);
  });
});

suite('memory', () => {
  test('keeps the last 1,000 exchanges and frees older ones', async () => {
    const { conversation, client, pod } = connected('record');
    for (let count = 0; count < EXCHANGE_LIMIT + 500; count++) {
      client(`GET /${count} HTTP/1.1\r\n\r\n`);
      pod(OK);
    }
    assert.equal(conversation.rows.length, EXCHANGE_LIMIT);
    assert.equal(conversation.rows[0]?.path, '/500');
    await conversation.log.exchanges.read(1_500);
    const { recordedBytes } = conversation.log.exchanges;
    assert.ok(recordedBytes > 0 && recordedBytes < EXCHANGE_LIMIT * 200, String(recordedBytes));
  });

  test('of kept texts does not include the buffers that they were read from', async () => {
    const { conversation, client, pod } = connected('record');
    const before = await usedMemory();
    for (let count = 0; count < 200; count++) {
      // The bytes of one read from a socket. The log keeps only the small part with the head, so the other bytes must
      // be freed.
      const read = Buffer.alloc(1_000_000);
      read.write(OK);
      const long = 'x'.repeat(50_000);
      client(
        `GET /${count}/${long}?${count}${long}=1 HTTP/1.1\r\nX-Long: ${count}${long}\r\nContent-Type: ${count}${long}\r\nContent-Encoding: ${count}${long}\r\n\r\n`,
      );
      pod(read.subarray(0, OK.length));
      if (count % 20 === 0) await new Promise((resolve) => setImmediate(resolve));
    }
    assert.equal(conversation.rows.length, 200);
    const more = (await usedMemory()) - before;
    // An exchange keeps at most 8 kB of the query and of each of the three fields, and 2 kB of the path. Its objects
    // and short texts take about 3 kB, and less than 5 kB.
    const limit = 4 * 8_192 + 2_048 + 5_000;
    assert.ok(more < 200 * limit, `${more / 200} bytes for each exchange`);
  });

  test('counts the kept bytes, however small the pieces are', async () => {
    const conversation = new TappedConversation('record');
    const before = await usedMemory();
    for (let count = 0; count < 100; count++) {
      const { client, pod } = conversation.connect();
      client('GET / HTTP/1.1\r\n\r\n');
      pod('HTTP/1.1 200 OK\r\n\r\n');
      for (let at = 0; at < 4_000; at++) pod('a');
    }
    const more = (await usedMemory()) - before;
    const { recordedBytes } = conversation.log.exchanges;
    assert.ok(recordedBytes >= 100 * 4_000, `${recordedBytes} bytes`);
    assert.ok(more < 2 * recordedBytes + 1_000_000, `${more} bytes for ${recordedBytes}`);
  });

  test('counts the kept texts with their placeholders', async () => {
    const { conversation, client, pod } = connected('record');
    const before = await usedMemory();
    const secrets = '&key='.repeat(1_600);
    for (let count = 0; count < 100; count++) {
      client(`GET /?${count}${secrets} HTTP/1.1\r\n${`X: ?${count}${secrets}\r\n`.repeat(7)}\r\n`);
      pod(OK);
    }
    await settle();
    const more = (await usedMemory()) - before;
    const { recordedBytes } = conversation.log.exchanges;
    assert.ok(more < 2 * recordedBytes + 1_000_000, `${more} bytes for ${recordedBytes}`);
  });

  test('of a discarded recording is free', async () => {
    const budget = new MemoryBudget(100_000_000, () => false);
    const recordings: Recording[] = [];
    const before = await usedMemory();
    for (let count = 0; count < 200; count++) {
      const recording = new Recording(budget);
      recordings.push(recording);
      recording.setRequest(
        [
          ['Content-Type', `${count}${'x'.repeat(8_000)}`],
          ['Content-Encoding', `${count}${'x'.repeat(8_000)}`],
        ],
        `${count}${'&key='.repeat(1_600)}`,
      );
      recording.discard();
    }
    const more = (await usedMemory()) - before;
    assert.ok(more < 200 * 2_000, `${more} bytes for ${recordings.length} recordings`);
    assert.equal(budget.usedBytes, 0);
  });

  test('of recordings is 32 MiB: the oldest go, and their rows say so', async () => {
    const { conversation, client, pod } = connected('record');
    const body = Buffer.alloc(65_536, 'x');
    for (let count = 0; count < 600; count++) {
      client(`GET /${count} HTTP/1.1\r\n\r\n`);
      pod(Buffer.concat([Buffer.from('HTTP/1.1 200 OK\r\nContent-Length: 65536\r\n\r\n'), body]));
    }
    assert.ok(conversation.log.exchanges.recordedBytes <= RECORDING_LIMIT);
    assert.equal(conversation.rows.length, 600);
    assert.equal(conversation.rows[0]?.isRecorded, false);
    assert.equal(conversation.rows.at(-1)?.isRecorded, true);
    const last = await conversation.log.exchanges.read(600);
    assert.equal(Buffer.from(last.response.body, 'base64').length, 65_536);
  });
});

suite('secrets are redacted', () => {
  test('in heads, by the names of fields, and in URLs within them', async () => {
    const fields = [
      `Authorization: Bearer ${SECRET}`,
      `Proxy-Authorization: Basic ${SECRET}`,
      `Cookie: a=${SECRET}`,
      `X-Api-Key: ${SECRET}`,
      `x-vault-TOKEN: ${SECRET}`,
      `My-Secret-Thing: ${SECRET}`,
      `X-Password: ${SECRET}`,
      `Referer: http://a.test/?page=1&access_token=${SECRET}&x=y`,
      `X-Forwarded-Url: https://ann:${SECRET}@a.test/`,
      `X-Note: bearer ${SECRET}`,
      `Sec-WebSocket-Protocol: v4.channel.k8s.io, base64url.bearer.authorization.k8s.io.${SECRET}`,
      `X-Auth: ${SECRET}`,
    ];
    const details = await recorded(
      `GET /a;sessionid=${SECRET}?x=1&api_key=${SECRET}&pass%77ord=${SECRET}&${SECRET}%3D HTTP/1.1\r\n${fields.join('\r\n')}\r\n\r\n`,
      `HTTP/1.1 302 Found\r\nSet-Cookie: sid=${SECRET}\r\nLocation: /cb#id_token=${SECRET}\r\nContent-Length: 0\r\n\r\n`,
    );
    assert.doesNotMatch(JSON.stringify(details), /planted/);
    assert.equal(details.request.head.length, fields.length);
    assert.deepEqual(details.request.head[0], ['Authorization', REDACTED]);
    assert.deepEqual(details.request.head[7], [
      'Referer',
      `http://a.test/?page=1&access_token=${REDACTED}&x=y`,
    ]);
    assert.deepEqual(details.response.head[1], ['Location', `/cb#id_token=${REDACTED}`]);
    assert.match(details.query ?? '', /^x=1&api_key=‹redacted›&/);
  });

  for (const [name, type, body] of [
    ['a form', FORM, `user=ann&password=${SECRET}&x%5Btoken%5D=${SECRET}`],
    ['a form whose first name begins with a bracket', FORM, `[password]=${SECRET}&user=ann`],
    ['a form whose names are paths', FORM, `[0][password]=${SECRET}&[0][user]=ann`],
    ['a form that has no type', '', `user=ann&password=${SECRET}`],
    ...[
      ['JSON with a "="', `{"user":"ann","token":"${SECRET}=="}`],
      ['JSON with a URL', `{"callback":"http://x/?a=b","password":"${SECRET}","user":"ann"}`],
      ['JSON that begins with a list', `[[1],{"callback":"?a=b","password":"${SECRET}","user":"ann&bo"}]`],
      ['XML', `<?xml version="1.0"?><a><user>ann</user><password>${SECRET}</password></a>`],
      ['lines', `user=ann\npassword=${SECRET}`],
      ['YAML', `user: ann\npassword: ${SECRET}=`],
    ].map(([format, body = '']) => [`${format} that has the type of a form`, FORM, body] as const),
    ['a form with JSON', 'text/plain', `config={"user":"ann","a":"1&2","password":"${SECRET}=="}`],
    [
      'a form with encoded JSON',
      FORM,
      `token=${SECRET}&payload=%7B%22user%22%3A+%22ann%22%2C%22password%22%3A%22${SECRET}%22%7D`,
    ],
    [
      'a form with an encoded form',
      FORM,
      `user=ann&state=token%3D${SECRET}%26a%3Db&to=http%3A%2F%2Fx%2F%3Fkey%3D${SECRET}`,
    ],
    [
      'JSON',
      'application/json',
      `{"user":"ann","password" : "${SECRET}","n":[{"apiKey":["${SECRET}",{"a":"${SECRET}"}]}]}`,
    ],
    ['JSON with an escaped name', 'application/json', `{"user":"ann","pass\\u0077ord":"${SECRET}"}`],
    ['JSON with an escaped value', 'application/json', `{"user":"ann","token":"a\\"${SECRET}\\\\"}`],
    [
      'JSON with a number',
      'application/json',
      '{"user":"ann","secret_pin":44444444}'.replace('44444444', '1234567890'),
    ],
    ...[
      ['an environment', `"POSTGRES_PASSWORD=${SECRET} ${SECRET}","A=1"`],
      ['arguments', `"--token=${SECRET}","-v","--a=1"`],
      ['headers', `"X-Api-Key: ${SECRET}","Accept: text/plain"`],
      ['a connection string', `"Password=${SECRET};Server=db","Server=db; Password=${SECRET}; A=1"`],
      ['words', `"host=db password=${SECRET} port=1","run --token=${SECRET} -v","'a' token=${SECRET}"`],
      ['a command', `"export TOKEN=${SECRET}\\nrun --plain=1 -- user=ann\\n"`],
      ['YAML', `"a: 1\\npassword: ${SECRET}\\nsecret_: |\\n  ${SECRET}\\n","token: ${SECRET}\\na: 1"`],
      ['XML', `"<a><password>${SECRET}<\\/password><\\/a>"`],
      ['a form', `"a=1&token=${SECRET}&b=%7B%22token%22%3A%22${SECRET}%22%7D"`],
      ['JSON of several levels', JSON.stringify(JSON.stringify({ log: JSON.stringify({ token: SECRET }) }))],
    ].map(
      ([format, strings]) =>
        [
          `JSON strings that contain ${format}`,
          'application/json',
          `{"user":"ann","n":[${strings}]}`,
        ] as const,
    ),
    [
      'JSON with names, other members and values',
      'application/json',
      `[{"name":"user","value":"ann"},{"name":"PASSWORD","type":"string","n":1,"value":"${SECRET}"},{"value":"${SECRET}","n":"a","name":"PASSWORD"},{"name":"token","value":1234567890},{"name":"secret_","value":{"a":"${SECRET}"}}]`,
    ],
    [
      'a JSON patch',
      'application/json-patch+json',
      `[{"op":"add","path":"/user","value":"ann"},{"op":"replace","path":"/spec/password","value":"${SECRET}"},{"op":"add","path":"/spec/token","value":["${SECRET}"]}]`,
    ],
    [
      'values of Python',
      'text/plain',
      `{'user': 'ann', 'password': 'a, ${SECRET}', "token": '${SECRET}', 'secret_': 1234567890, 'a': {'key' : "${SECRET}"}}`,
    ],
    [
      'values with names without quotes',
      'text/plain',
      `{ user: 'ann', password: '${SECRET}', token: 1234567890, a: { key: "${SECRET}" } }`,
    ],
    [
      'values of Python with brackets in strings',
      'text/plain',
      `{'secret_': {'a': '}', 'b': '${SECRET}'}, 'token': [']', 'it\\'s ]', "'", (')', '${SECRET}')], 'user': 'ann'}`,
    ],
    [
      'pairs of Python with several names',
      'text/plain',
      `[{'path': 'a', 'name': 'API_TOKEN', 'value': '${SECRET}'}, {'value': '${SECRET}', 'path': 'b', '@type': [], 'name': 'PASSWORD'}, {'name': 'PASSWORD', '@tags': [], 'value': {'a': '${SECRET}'}}, {'path': 'user', 'name': 'user', 'value': 'ann'}]`,
    ],
    [
      'YAML in braces',
      'application/yaml',
      `env: {user: ann, PASSWORD: ${SECRET} ${SECRET}}\n- {name: DB_PASSWORD, value: ${SECRET}}\n- {'name': 'token', 'a': 'b', 'value': '${SECRET}'}\nsecret_: {a: 1,\n  b: ${SECRET}}\nlist: [{token: [${SECRET}, ${SECRET}]}]\n- 'token': [a,\n  ${SECRET}]\n`,
    ],
    [
      'settings in XML',
      'application/xml',
      `<user name="ann"/><add key="DbPassword" value="${SECRET}"/><add a="b" value='${SECRET}' name='token'></add>`,
    ],
    [
      'properties in XML',
      'application/xml',
      `<a name="user">ann</a><property name="password">${SECRET}</property><entry key='token'><b>${SECRET}</b></entry><c name="key"/>`,
    ],
    [
      'XML elements with names and values',
      'application/xml',
      `<env><name>user</name><value>ann</value></env><env><name>PASSWORD</name><a>b</a><value x="1">${SECRET}<b>${SECRET}</b></value></env><e><n:Value>${SECRET}</n:Value><c>d</c><n:Key> DB_TOKEN </n:Key></e>`,
    ],
    [
      'a property list',
      'application/x-plist',
      `<dict><a>user</a>\n<string>ann</string>\n<key>api_token</key>\n<string>${SECRET}</string><key>secret_</key><array><string>${SECRET}</string></array></dict>`,
    ],
    [
      'XML elements that are also elements of HTML',
      'application/xml',
      `<a name="user">ann</a><object name="password">${SECRET}</object><param name="token">${SECRET}</param><param name="token"/><source name="secret_"><b>${SECRET}</b></source>`,
    ],
    ['XML that is cut off in a value', 'text/xml', `<a>user ann</a><e><name>token</name><value>${SECRET}`],
    [
      'an Android manifest',
      'text/xml',
      `<meta-data android:name="user.ann" android:value="1"/><meta-data android:name="api_token" android:value="${SECRET}"/>`,
    ],
    [
      'elements of HTML',
      'text/html',
      `<meta name="user" content="ann"><meta content="${SECRET}" name="token"><p>`,
    ],
    ['JSON of gRPC', 'application/grpc+json', `{"user":"ann","token":"${SECRET}"}`],
    ['JSON within JSON', 'application/json', `{"user":"ann","body":"{\\"token\\":\\"${SECRET}\\"}"}`],
    [
      'JSON of several lines',
      'application/json',
      `{\n  "secret_pin": 1234567890, "user": "ann",\n  "n": 1\n}`,
    ],
    ['JSON that is cut off', 'application/json', `{"user":"ann","password":"${SECRET}`],
    [
      'lines of JSON after a line that is cut off',
      'application/x-ndjson',
      `{"user":"ann","a":"\n{"token":"${SECRET}","a":"it's"}\n{"args":["token=${SECRET}","a"]}\n`,
    ],
    ['an environment with brackets', 'text/plain', `user=ann\npassword=[${SECRET}\ntoken={${SECRET}\n`],
    ['a tag that is cut off', 'text/html', `<p>user ann</p><input name="token" value="${SECRET}`],
    [
      'JSON that is cut off at a line break',
      'application/x-ndjson',
      `{"user":"ann","query":"f(password: \\"${SECRET}\\"\n{"next":"it's"}\n`,
    ],
    [
      'JSON of a subtype',
      'application/vnd.api+json; charset=utf-8',
      `{"user":"ann","client_secret":"${SECRET}"}`,
    ],
    [
      'GraphQL',
      'application/json',
      `{"user":"ann","query":"mutation { login(password: \\"${SECRET}\\") { id } }"}`,
    ],
    ['events', 'text/event-stream', `data: {"user":"ann","token":"${SECRET}"}\n\n`],
    ['lines of JSON', 'application/x-ndjson', `{"user":"ann"}\n{"token":"${SECRET}"}\n`],
    [
      'XML',
      'application/xml',
      `<user>ann</user><ns:Password type="x">${SECRET}</ns:Password><a token="${SECRET}"/>`,
    ],
    ['YAML', 'application/yaml', `user: ann\n  password: ${SECRET}\n- token: ${SECRET}\n`],
    [
      'YAML texts of several lines',
      'application/yaml',
      `user: ann\npassword: |-\n  ${SECRET}\n\n  ${SECRET}\nnext: 1\n`,
    ],
    [
      'YAML values that are folded over several lines',
      'application/yaml',
      `- user: ann\n  password: ${SECRET}\n    ${SECRET}\n\n    ${SECRET}\n- name: user\n  value: ann\n- name: DB_PASSWORD\n  value: ${SECRET}\n   ${SECRET}\n- secret_: !!binary |\n    ${SECRET}\n- token: &a !!seq\n  - ${SECRET}\n`,
    ],
    [
      'YAML values with names in quotes',
      'application/yaml',
      `user: ann\n"password": a ${SECRET} b\n  ${SECRET}\n- "secret_": a, }] ${SECRET}\n'token': ${SECRET}\n  ${SECRET}\nnext: 1\n`,
    ],
    [
      'settings of several lines',
      'text/plain',
      `user = ann\npassword = ${SECRET}\\\n  ${SECRET}\ntoken=a\\\n${SECRET}\\\r\n${SECRET}\nnext = 1\n`,
    ],
    [
      'a YAML mapping',
      'application/yaml',
      `- secret_:\n    a: ${SECRET}\n    b:\n    - ${SECRET}\n- user: ann\n`,
    ],
    ['a YAML sequence', 'application/yaml', `token:\n- ${SECRET}\n- ${SECRET}\nuser: ann\n`],
    ['XML with CDATA', 'application/xml', `<a><user>ann</user><secret_><![CDATA[${SECRET}]]></secret_></a>`],
    [
      'nested XML',
      'application/xml',
      `<a><user>ann</user><secret_ x="1"><v>${SECRET}</v>${SECRET}</secret_></a>`,
    ],
    [
      'JSON with names and values',
      'application/json',
      `{"env":[{"name":"user","value":"ann"},{"name":"DB_PASSWORD","value":"${SECRET}"},{"key": "token", "value": "${SECRET}"}]}`,
    ],
    [
      'YAML with names and values',
      'application/yaml',
      `env:\n- name: user\n  value: ann\n- name: DB_PASSWORD\n  value: ${SECRET}\n`,
    ],
    [
      'YAML with names and values of several lines',
      'application/yaml',
      `- name: user\n  value: |\n    ann\n- name: "DB_PASSWORD"\n  value: |-\n    ${SECRET}\n\n    ${SECRET}\n- key: token\n  value:\n    ${SECRET}\n- name: next\n`,
    ],
    [
      'input fields',
      'text/html',
      `<p>user ann</p><input value="${SECRET}" name="password"><input name=token value=${SECRET}>`,
    ],
    ['an environment', 'text/plain', `user=ann\nexport API_KEY=${SECRET}\n`],
    [
      'HTML',
      'text/html',
      `<p>user ann</p><script>var token = '${SECRET}'</script><a href="/x?key=${SECRET}">`,
    ],
    ['bytes of no known type', 'application/octet-stream', `{"user":"ann","token":"${SECRET}"}`],
    [
      'a field of a form with parts',
      'multipart/form-data; boundary=xyz',
      `--xyz\r\nContent-Disposition: form-data; name="user"\r\n\r\nann\r\n--xyz\r\nContent-Disposition: form-data; name="password"\r\n\r\n${SECRET}\r\n--xyz--\r\n`,
    ],
    [
      'a field with lines that begin like a delimiter',
      'multipart/form-data; boundary=xyz',
      `--xyz\r\nContent-Disposition: form-data; name="user"\r\n\r\nann\r\n--xyz\r\nContent-Disposition: form-data; name="secret"\r\n\r\n-----BEGIN A-----\r\n${SECRET}\r\n-----END A-----\r\n${SECRET}\r\n--xyz--\r\n`,
    ],
    [
      'a field with a head that is longer than usual',
      'multipart/form-data; boundary=xyz',
      `--xyz\r\nContent-Disposition: form-data; name="user"\r\n\r\nann\r\n--xyz\r\nContent-Disposition: form-data; name="password"\r\nX-Long: ${'a'.repeat(3_000)}\r\n\r\n${SECRET}\r\n--xyz--\r\n`,
    ],
    [
      'a JSON part',
      'multipart/mixed; boundary="xyz"',
      `--xyz\r\nContent-Type: application/json\r\n\r\n{"user":"ann","token":"${SECRET}"}\r\n--xyz--\r\n`,
    ],
  ] as const) {
    test(`in ${name}, and nothing else is`, async () => {
      const { requestText } = await recorded(post(type, body), OK);
      assert.doesNotMatch(requestText, /planted|1234567890/);
      assert.match(requestText, /user/);
      assert.match(requestText, /ann/);
      assert.ok(requestText.includes(REDACTED));
      const { requestText: harmless } = await recorded(
        post(type, body.replaceAll(/pass\w*|pass\\u0077ord|token|secret_?|key/gi, 'plain')),
        OK,
      );
      assert.doesNotMatch(harmless.replace(/Bearer.*/i, ''), new RegExp(REDACTED));
    });
  }

  test('in a line of YAML, and the sequence below it is unchanged', async () => {
    const { requestText } = await recorded(post('text/plain', `Token: ${SECRET}\n- user\n- ann\n`), OK);
    assert.equal(requestText, `Token: ${REDACTED}\n- user\n- ann\n`);
  });

  test('in lines between quotes, and the line breaks are unchanged', async () => {
    const text = (secret: string) => `user: 5" a='b'\npassword: ${secret}\nlast: "ann"\n`;
    const { requestText } = await recorded(post('text/plain', text(SECRET)), OK);
    assert.equal(requestText, text(REDACTED));
  });

  test('of names with a short word like "pass", and names with similar words are unchanged', async () => {
    const redactedNames = async (names: string) => {
      const query = names.split(' ').join('=value&');
      const { query: redacted = '' } = await recorded(`GET /?${query}=value HTTP/1.1\r\n\r\n`, OK);
      return redacted.split('&').flatMap((pair) => (pair.endsWith(REDACTED) ? [pair.split('=')[0]] : []));
    };
    const secrets =
      'pass DB_PASS RABBITMQ_DEFAULT_PASS dbPass dbpass user_pass X-Pass user[pass] user%5Bpass%5D pass2 passcode ' +
      'pin user_pin userPin otp sms_otp smsOtp otp_code otpCode totp sig x-sig auth proxyAuth pw DB_PW creds ' +
      'code_verifier client_assertion assertion SAMLResponse PHPSESSID _csrf csrfToken';
    assert.deepEqual(await redactedNames(secrets), secrets.split(' '));
    const harmless =
      'passenger passed pass_count bypass by compass pinned pin_count pincode spin spinPinned opinion hotpot author ' +
      'author_id signal design sigma assertions possess assess code codes view_code';
    assert.deepEqual(await redactedNames(harmless), []);
  });

  test('in encoded JSON of a query or form, and every other character is unchanged', async () => {
    const query = (secret: string) =>
      `q=key%3Avalue+1&pass=${secret}&payload=%5B%22%C3%BC%20%22%2C%7B%22token%22%3A%22${secret}%22%7D%5D&x=%`;
    const { query: inTarget, requestText } = await recorded(
      post(FORM, query(SECRET))
        .toString('latin1')
        .replace('/', `/?${query(SECRET)}`),
      OK,
    );
    assert.deepEqual([inTarget, requestText], [query(REDACTED), query(REDACTED)]);
  });

  test('in a JSON string, and its other characters are unchanged, escaped or not', async () => {
    const inner = (secret: string) => JSON.stringify({ note: 'caf\u00e9 \u2022 😀', token: secret });
    const log = (secret: string) => `token='${secret}' caf\u00e9 \u2022 😀 \t"`;
    const body = (secret: string) => ({ log: log(secret), deep: JSON.stringify({ body: inner(secret) }) });
    const plain = JSON.stringify(body(SECRET));
    const escaped = plain.replace(
      /[\u0080-\uffff]/g,
      (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
    );
    for (const text of [plain, escaped]) {
      const { requestText } = await recorded(post('application/json', text), OK);
      assert.deepEqual(JSON.parse(requestText), body(REDACTED), text);
    }
  });

  test('in UTF-16', async () => {
    const body = Buffer.from(`\ufeff{"user":"ann","password":"${SECRET}"}`, 'utf16le');
    const details = await recorded(post('application/json; charset=utf-16', body), OK);
    const text = Buffer.from(details.request.body, 'base64').toString('utf16le');
    assert.doesNotMatch(text, /planted/);
    assert.match(text, /ann/);
  });

  test('in private keys', async () => {
    const key = `-----BEGIN EC PRIVATE KEY-----\n${SECRET.replaceAll('-', '/')}\n-----END EC PRIVATE KEY-----\n`;
    for (const body of [key, JSON.stringify({ note: key })]) {
      const { requestText } = await recorded(post('text/plain', body), OK);
      assert.doesNotMatch(requestText, /planted/);
      assert.match(requestText, /END EC PRIVATE KEY/);
    }
  });

  test('in private keys of each form, up to their ends', async () => {
    const lines = `Proc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,0A\n\n${SECRET}\n`;
    for (const type of ['RSA PRIVATE KEY', 'PGP PRIVATE KEY BLOCK', 'PRIVATE KEY']) {
      const whole = `user\n-----BEGIN ${type}-----\n${lines}-----END ${type}-----\nann\n`;
      const { requestText } = await recorded(post('text/plain', whole), OK);
      assert.equal(requestText, `user\n-----BEGIN ${type}-----${REDACTED}-----END ${type}-----\nann\n`);
      const { requestText: inJson } = await recorded(post('text/plain', JSON.stringify([whole, 'b'])), OK);
      assert.deepEqual(JSON.parse(inJson), [requestText, 'b']);
      const { requestText: cut } = await recorded(post('text/plain', whole.slice(0, -50)), OK);
      assert.equal(cut, `user\n-----BEGIN ${type}-----${REDACTED}`);
      const { requestText: cutInJson } = await recorded(
        post('text/plain', JSON.stringify([whole.slice(0, -50), 'b'])),
        OK,
      );
      assert.deepEqual(JSON.parse(cutInJson), [cut, 'b']);
    }
  });

  test('in JSON whose strings contain pieces of other formats, alone or within a text, and the JSON stays valid', () => {
    const pieces = [
      ...[
        'name: token, value: a',
        '{token: [abc',
        '{key: abc',
        'a, key: b',
        "{'key': 'a",
        'path: /token, value: ',
      ],
      ...["<property name='token'>", '<embed name="key">', '-----END PRIVATE KEY-----', '<value>', 'a", \'b'],
    ];
    for (const first of [...pieces, ...HOSTILE_PIECES]) {
      for (const second of pieces) {
        const body = JSON.stringify({
          ...{
            name: first,
            a: [first + second, second + first],
            credentials: { a: SECRET, b: [SECRET] },
            n: 1,
          },
          ...{ env: [second, `DB_PASSWORD=${SECRET}`], last: second, key: first, token: SECRET },
        });
        const redacted = redactBody(Buffer.from(body), '').toString();
        const { n, last } = JSON.parse(redacted) as { n: unknown; last: unknown };
        assert.deepEqual([n, typeof last], [1, 'string'], body);
        const surroundings = [
          ['', ''],
          ['', body.slice(0, -2)],
          [`${body}\n"a"\n`, `\n${body}`],
          ['data: ', `\n\ndata: ${body}`],
          ['--xyz\r\nA: b\r\n\r\n', '\r\n--xyz--'],
          ['5" ', '"'],
          ['var a = ', ';'],
          ['x="a token=b ', '"'],
        ];
        for (const [before, after] of surroundings) {
          const around = redactBody(Buffer.from(before + body + after), '').toString();
          assert.doesNotMatch(around, /planted/);
          // A private key may begin in one object and end in a later one, so then more than the body alone is redacted.
          if (!body.includes('-----BEGIN')) assert.ok(around.includes(redacted), around);
        }
        const list = JSON.stringify([
          first,
          second,
          `A_TOKEN=${SECRET}`,
          { a: second, secrets: SECRET },
          'a',
        ]);
        const event = redactBody(Buffer.from(`data: ${list}\n\ndata: ${list}`), '').toString();
        assert.doesNotMatch(event, /planted/);
        if (!list.includes('-----BEGIN'))
          assert.ok(Array.isArray(JSON.parse(event.slice(5).split('\n')[0] ?? '')), event);
      }
    }
  });

  test('in JSON pairs of a name and a value with any other members, and the rest is unchanged', async () => {
    for (const [body, expected = body.replaceAll(/"planted[^"]*"/g, `"${REDACTED}"`)] of [
      [`{"key":"","name":"API_TOKEN","value":"${SECRET}","enabled":true}`],
      [`{"setting-name":"DB_PASSWORD","value":"${SECRET}"}`],
      [`{"@name":"DB_PASSWORD","value":"${SECRET}"}`],
      [`{"default-value":"${SECRET}","name":"PASSWORD"}`],
      [`{"name":DB_PASSWORD,"value":"${SECRET}"}`],
      [`{"tags":"key:api_token,value:${SECRET}"}`, `{"tags":"key:api_token,value:${REDACTED}"}`],
      [`[{"path":"/env/0","name":"password","value":"${SECRET}"}]`],
      [`{"value":"${SECRET}","path":"b","name":"PASSWORD"}`],
      [
        `{"name":"max_tokens","path":"PASSWORD","value":1}`,
        `{"name":"max_tokens","path":"PASSWORD","value":"${REDACTED}"}`,
      ],
      [`{"name":"DB_PASSWORD","required":true,"tags":[],"a":{"b":[{}]},"value":"${SECRET}"}`],
      [
        `{"value":{"a":"${SECRET}"},"@type":"a b","name":"DB_PASSWORD"}`,
        `{"value":"${REDACTED}","@type":"a b","name":"DB_PASSWORD"}`,
      ],
      [
        `{"name":"DB_PASSWORD", "value" : [1, "${SECRET}"]}`,
        `{"name":"DB_PASSWORD", "value" : "${REDACTED}"}`,
      ],
      ['{"name":"token","a":{"name":"a","value":"b"},"b":[{"value":12345678901234567890.0}],"c":"\\u00e9"}'],
      ['{"name":"max_tokens","value":256}'],
      ['{"name":["token"],"value":"a"}'],
    ] as const) {
      const { requestText } = await recorded(post('application/json', body), OK);
      assert.equal(requestText, expected);
      const { requestText: cut } = await recorded(post('application/json', body.slice(0, -1)), OK);
      assert.ok(expected.startsWith(cut), cut);
    }
  });

  test('in JSON pairs with both `key` and `name`, if either names a secret, and in the value of `key`', async () => {
    for (const body of [
      `{"key":"k1","name":"API_TOKEN","value":"${SECRET}"}`,
      `{"name":"user","key":"password","value":"${SECRET}"}`,
      `{"value":"${SECRET}","key":"b","name":"PASSWORD"}`,
    ]) {
      const { requestText } = await recorded(post('application/json', body), OK);
      const expected = body.replace(SECRET, REDACTED).replace(/("key"):"[^"]*"/, `$1:"${REDACTED}"`);
      assert.equal(requestText, expected);
    }
  });

  test('in private keys whose lines are JSON strings of their own, and a key without an end is unchanged', async () => {
    const lines = ['-----BEGIN EC PRIVATE KEY-----', SECRET, SECRET, '-----END EC PRIVATE KEY-----', 'a'];
    const ofLines = (line: string) => JSON.stringify({ log: line });
    const { requestText } = await recorded(post('', JSON.stringify(lines)), OK);
    assert.deepEqual(JSON.parse(requestText), [
      ...[lines[0], REDACTED, REDACTED, `${REDACTED}${lines[3]}`, 'a'],
    ]);
    const { requestText: inLines } = await recorded(post('', lines.map(ofLines).join('\n')), OK);
    assert.equal(
      inLines,
      [lines[0], REDACTED, REDACTED, REDACTED + lines[3], 'a'].map((line = '') => ofLines(line)).join('\n'),
    );
    const { requestText: cut } = await recorded(post('', JSON.stringify(lines.slice(0, 3)).slice(0, -3)), OK);
    assert.doesNotMatch(cut, /planted/);
    const cutLines = `${lines.slice(0, 3).map(ofLines).join('\n')}\n`;
    const { requestText: inCutLines } = await recorded(post('', cutLines), OK);
    assert.doesNotMatch(inCutLines, /planted/);
    const chunks = [`${lines[0]}\n`, `a\n${lines[3]}\nPASSWORD=${SECRET}\n${lines[0]}\n${SECRET}`];
    const { requestText: inChunks } = await recorded(post('', JSON.stringify(chunks)), OK);
    assert.doesNotMatch(inChunks, /planted/);
    const example = '{"rule":"-----BEGIN PRIVATE KEY-----","b":"visible"}';
    const { requestText: unchanged } = await recorded(post('', example), OK);
    assert.equal(unchanged, example);
  });

  test('but JSON strings that only look like a name and a secret are unchanged', async () => {
    const strings = [
      ...[
        'key:asc',
        'arn:aws:secretsmanager:eu',
        'a/key=value',
        'abcKEYdef==',
        'my key is a = b',
        'a: token',
      ],
      ...['https://a.test/keys/1', 'the "token" is missing', "don't: keys"],
    ];
    const body = JSON.stringify(strings);
    const { requestText } = await recorded(post('application/json', body), OK);
    assert.deepEqual(JSON.parse(requestText), strings);
  });

  test('in words of a JSON string, and the string ends at the same place', async () => {
    for (const text of [
      'a, token: x',
      'token: x',
      '[name: token, value: x',
      'a: {token: x',
      'a(b: "c", token: "x")',
    ]) {
      const body = { list: [text, 'next'], last: text };
      for (const json of [body, { log: JSON.stringify(body) }]) {
        const { requestText } = await recorded(post('text/plain', JSON.stringify(json)), OK);
        const expected = JSON.stringify(json).replaceAll('x', REDACTED).replaceAll(`ne${REDACTED}t`, 'next');
        assert.deepEqual(JSON.parse(requestText), JSON.parse(expected));
      }
    }
  });

  test('but numbers whose names mean a count are unchanged, because Replay must send numbers', async () => {
    const counts =
      '"max_tokens":256,"maxTokens": 1.5,"usage": {"prompt_tokens": 1, "token_count":2},"sessionLimit":3,"maxPasswords":4';
    const secrets = [
      '"secret_pin":1234',
      '"passwords":9',
      '"secrets": 1',
      '"my.credentials":2',
      '"token":5',
      '"tokens":"6"',
      '"tokens":[7]',
      '"session": 8',
    ];
    const { requestText } = await recorded(post('text/plain', `{${[counts, ...secrets].join()}}`), OK);
    assert.ok(requestText.startsWith(`{${counts},`), requestText);
    assert.doesNotMatch(requestText.slice(counts.length + 1), /\d/);
  });

  test('but texts are unchanged if the name has no value that could be a secret', async () => {
    for (const text of [
      '<form name="token"><input name="a" value="b"></form><a name="keys">c</a><input name="key">d',
      '<embed name="key">a<area name="token">b<frame name="key"><FRAME name="key">c',
      '<name>token</name><c><value>d</value></c><c/><name>token</name><string>a</string>',
      '{"token":"","secret":null,"tokens":false}',
      "{'token': '', token: null}",
      '[{"name":"token"},{"name":"a","value":"b"}] {name: token} {name: a, value: b}',
    ]) {
      const { requestText } = await recorded(post('text/plain', text), OK);
      assert.equal(requestText, text);
    }
  });

  test('but bodies of bytes are unchanged', async () => {
    const body = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0, 1, 2, 255, 254]);
    const details = await recorded(post('image/png', body), OK);
    assert.deepEqual(Buffer.from(details.request.body, 'base64'), body);
  });

  test('in reasonable time for a hostile text', () => {
    for (const piece of HOSTILE_PIECES) {
      const text = Buffer.from(piece.repeat(65_536 / piece.length));
      for (const type of ['text/plain', FORM]) {
        // Work that grows with the square of the length would take seconds.
        assertQuick(`${JSON.stringify(piece)} as ${type}`, () => redactBody(text, type));
      }
    }
  });
});
