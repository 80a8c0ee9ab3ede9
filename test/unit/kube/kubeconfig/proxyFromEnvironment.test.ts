import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseProxyUrl, proxyFromEnvironment } from '../../../../src/kube/kubeconfig/proxyFromEnvironment.ts';
import { coded } from '../../../support/coded.ts';

const proxy = 'http://proxy.example:3128';

function isProxied(server: string, noProxy: string): boolean {
  const found = proxyFromEnvironment(new URL(server), {
    HTTPS_PROXY: proxy,
    HTTP_PROXY: proxy,
    NO_PROXY: noProxy,
  });
  return found !== undefined;
}

test('the variable depends on the scheme of the server, and upper case comes first', () => {
  const environment = { HTTPS_PROXY: 'http://a:1', https_proxy: 'http://b:2', http_proxy: 'http://c:3' };
  assert.equal(proxyFromEnvironment(new URL('https://k'), environment)?.host, 'a:1');
  assert.equal(proxyFromEnvironment(new URL('http://k'), environment)?.host, 'c:3');
  assert.equal(
    proxyFromEnvironment(new URL('https://k'), { HTTPS_PROXY: '', https_proxy: 'b:2' })?.host,
    'b:2',
  );
});

test('no proxy is used without a variable, or with only ALL_PROXY, which kubectl ignores', () => {
  assert.equal(proxyFromEnvironment(new URL('https://k'), {}), undefined);
  assert.equal(proxyFromEnvironment(new URL('https://k'), { ALL_PROXY: proxy, all_proxy: proxy }), undefined);
});

test('the address of a proxy may omit the scheme, and keeps credentials and SOCKS', () => {
  assert.equal(parseProxyUrl('proxy:3128')?.href, 'http://proxy:3128/');
  assert.equal(parseProxyUrl('socks5://me:pw@proxy:1080')?.protocol, 'socks5:');
  assert.equal(parseProxyUrl('socks5://me:pw@proxy:1080')?.password, 'pw');
  assert.equal(parseProxyUrl('http://'), undefined);
  assert.equal(parseProxyUrl(':::'), undefined);
});

test('this machine is never reached through a proxy', () => {
  for (const server of [
    'https://localhost:6443',
    'https://127.0.0.1:6443',
    'https://127.8.9.1',
    'https://[::1]:6443',
  ]) {
    assert.ok(!isProxied(server, ''), server);
  }
});

const cases: readonly [noProxy: string, server: string, isProxied: boolean][] = [
  ['*', 'https://k.example', false],
  ['other, *', 'https://k.example', false],
  ['example', 'https://k.example', false],
  ['example', 'https://example', false],
  ['example', 'https://anexample', true],
  ['.example', 'https://k.example', false],
  ['.example', 'https://example', true],
  ['*.example', 'https://a.b.example', false],
  ['*.example', 'https://example', true],
  ['K.EXAMPLE', 'https://k.example', false],
  ['k.example:6443', 'https://k.example:6443', false],
  ['k.example:6443', 'https://k.example', true],
  ['k.example:443', 'https://k.example', false],
  ['k.example:80', 'http://k.example', false],
  ['10.0.0.0/8', 'https://10.1.2.3:6443', false],
  ['10.0.0.0/8', 'https://11.1.2.3:6443', true],
  ['10.0.0.0/8', 'https://k.example', true],
  ['10.0.0.0/99', 'https://10.1.2.3', true],
  ['10.1.2.3', 'https://10.1.2.3:6443', false],
  ['10.1.2.3:6443', 'https://10.1.2.3:6443', false],
  ['10.1.2.3:6443', 'https://10.1.2.3:6444', true],
  ['10.1.2', 'https://10.1.2.3', true],
  ['fd00::/8', 'https://[fd12::1]:6443', false],
  ['fd12::1', 'https://[fd12::1]:6443', false],
  ['[fd12::1]:6443', 'https://[fd12::1]:6443', false],
  ['[fd12::1]:6443', 'https://[fd12::1]', true],
  [' a , ,b.example ', 'https://x.b.example', false],
  ['', 'https://k.example', true],
];

for (const [noProxy, server, expected] of cases) {
  test(`NO_PROXY=${noProxy}: ${server} ${expected ? 'through the proxy' : 'directly'}`, () =>
    assert.equal(isProxied(server, noProxy), expected));
}

test('a proxy that is not a URL is an error without its text, and no direct connection', () => {
  for (const text of ['http://me:secret-of-mine@proxy:99999', 'http://bad host:3128', 'http://[::1']) {
    const read = () => proxyFromEnvironment(new URL('https://k'), { HTTPS_PROXY: text });
    assert.throws(read, coded('PROXY_FAILED', '', 'secret-of-mine'), text);
  }
});
