import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseTarget } from '../../../../src/kinds/target.ts';
import { type PortRequest, parsePortRequests } from '../../../../src/kube/target/portRequest.ts';
import { coded } from '../../../support/coded.ts';

const cases: readonly [string, PortRequest][] = [
  ['80', { local: 'same', remote: 80 }],
  ['8080:80', { local: 8080, remote: 80 }],
  [':80', { local: 0, remote: 80 }],
  ['0:80', { local: 0, remote: 80 }],
  ['http', { local: 'same', remote: 'http' }],
  ['8080:http-alt', { local: 8080, remote: 'http-alt' }],
  [':8u', { local: 0, remote: '8u' }],
  ['65535:1', { local: 65_535, remote: 1 }],
];

for (const [text, expected] of cases) {
  test(`the port argument ${text} is read`, () => assert.deepEqual(parsePortRequests([text]), [expected]));
}

const WRONG = ': 0 :0 8080:0 65536 65536:80 80:65536 a:b http:80 -1 1:2:3 80: １ HTTP a_b -a 80.5'.split(' ');

for (const text of ['', '8 0', ...WRONG]) {
  test(`the port argument "${text}" is refused`, () =>
    assert.throws(() => parsePortRequests([text]), coded('INVALID_PORT', { text })));
}

test('the same local port twice is refused', () => {
  const duplicate = (texts: string[], port: number) =>
    assert.throws(() => parsePortRequests(texts), coded('DUPLICATE_LOCAL_PORT', { port }));
  duplicate(['8080:80', '8080:81'], 8080);
  duplicate(['80', '80:8080'], 80);
  assert.equal(parsePortRequests([':80', ':80', '0:80', 'http', 'http']).length, 5);
});

test("a service's port may have a plus sign after a local port, as kubectl reads it", () => {
  const service = parseTarget('svc/web');
  assert.deepEqual(parsePortRequests([':+80', '8080:+80'], service), [
    { local: 0, remote: 80 },
    { local: 8080, remote: 80 },
  ]);
  for (const text of ['+80', '+8080:+80', ':++80', ':-80', ':+http', ':+0', ':+65536']) {
    assert.throws(() => parsePortRequests([text], service), { code: 'INVALID_PORT' }, text);
  }
  assert.throws(() => parsePortRequests([':+80'], parseTarget('web')), { code: 'INVALID_PORT' });
});
