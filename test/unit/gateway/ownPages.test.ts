import assert from 'node:assert/strict';
import { test } from 'node:test';
import { defined } from '../../../src/base/defined.ts';
import { CodedError } from '../../../src/base/errors.ts';
import type { RequestHead } from '../../../src/gateway/http/requestHead.ts';
import { OwnPages } from '../../../src/gateway/ownPages.ts';
import type { ServiceSummary } from '../../../src/kinds/gateway.ts';

const HOST = 'multiport.demo.localhost';

const PAGES = new OwnPages({
  ...{ context: 'demo-admin', slug: 'demo-admin', localPort: 8900 },
  namespaces: [{ name: 'demo' }],
  namespaceNames: ['demo'],
  services: [
    {
      ...{ namespace: 'demo', name: 'multiport', readyPods: 1, pods: 1, hasSelector: true },
      url: `http://${HOST}:8900/`,
      ports: [{ number: 81, protocol: 'TCP', name: 'api', url: `http://p81.${HOST}:8900/` }],
    },
  ],
});

function headOf(method: string, target: string): RequestHead {
  return { method, target, version: 'HTTP/1.1', headers: [['accept', 'text/html']] };
}

/** Returns the addresses of the links on the page for a request that names no port. */
function linksFor(method: string, target: string): readonly string[] {
  const error = new CodedError('PORT_NOT_CHOSEN', { target: 'service "multiport"', known: '81 (api)' });
  const { body } = PAGES.refusalPage(error, headOf(method, target), { host: HOST, port: undefined });
  return Array.from(body.matchAll(/href="([^"]*)"/g), ([, url = '']) => url);
}

const PORT = `http://p81.${HOST}:8900`;

for (const [target, link] of Object.entries({
  '/': `${PORT}/`,
  '/api/pod?a=1': `${PORT}/api/pod?a=1`,
  '/a?b=1&c="><script>': `${PORT}/a?b=1&#38;c=&#34;&#62;&#60;script&#62;`,
  '/\xc3\xa9': `${PORT}/%c3%a9`,
  '//evil.example/': `${PORT}//evil.example/`,
  [`http://${HOST}:8900/api/pod?a=1`]: `${PORT}/api/pod?a=1`,
  [`http://${HOST}:8900?a=1`]: `${PORT}/?a=1`,
})) {
  test(`the links to choose a port for ${JSON.stringify(target)} keep the path and query`, () => {
    assert.deepEqual(linksFor('GET', target), [link]);
  });
}

test('the links to choose a port keep no path of a request that a link cannot repeat', () => {
  assert.deepEqual(linksFor('POST', '/api/pod'), [`${PORT}/`]);
});

/** Returns a service with the given TCP ports. The first port is the default port. */
function serviceWith(name: string, ports: readonly (readonly [name: string | undefined, number: number])[]) {
  const url = (prefix: string) => `http://${prefix}${name}.demo.localhost:8900/`;
  return {
    ...{ namespace: 'demo', name, readyPods: 1, pods: 1, hasSelector: true, url: url('') },
    ports: ports.map(([portName, number], index) => ({
      ...{ number, protocol: 'TCP', url: url(index === 0 ? '' : `p${number}.`) },
      ...defined({ name: portName }),
    })),
  };
}

test('the list of services has links to ports that a browser may open, and none to ports of other protocols', () => {
  const services = [
    serviceWith('cache', [['redis', 7000]]),
    serviceWith('db', [
      [undefined, 5432],
      ['metrics', 9187],
    ]),
    serviceWith('shop', [
      ['main', 7001],
      ['smtp', 2525],
    ]),
  ];
  const page = pageOf(services).body;
  const links = Array.from(page.matchAll(/href="http:\/\/([^:]*):8900\/">([^<]*)</g), ([, host, text]) => [
    host,
    text,
  ]);
  assert.deepEqual(links, [
    ['p9187.db.demo.localhost', 'metrics 9187'],
    ['shop.demo.localhost', 'shop'],
    ['shop.demo.localhost', 'main 7001'],
  ]);
  for (const text of ['redis 7000', '5432', 'smtp 2525']) assert.ok(page.includes(text), text);
});

/** Returns the host and the text of each link for a request that names no port, and the whole page. */
function choiceFor(host: string, services: readonly ServiceSummary[]) {
  const error = new CodedError('PORT_NOT_CHOSEN', { target: 'service', known: '' });
  const head = headOf('GET', '/api?x=1');
  const { body } = pagesOf(services).refusalPage(error, head, { host, port: undefined });
  const found = body.matchAll(/href="http:\/\/([^:]*):8900\/api\?x=1">([^<]*)</g);
  return { body, links: Array.from(found, ([, ...link]) => link.join(' ')) };
}

const MULTI = serviceWith('multi', [
  ['redis', 7000],
  ['admin', 81],
  [undefined, 5432],
]);

test('the page to choose a port shows ports of protocols that no browser speaks without links', () => {
  const { body, links } = choiceFor('multi.demo.localhost', [MULTI]);
  assert.deepEqual(links, ['p81.multi.demo.localhost admin 81']);
  for (const text of ['<li>redis 7000</li>', '<li>5432</li>']) assert.ok(body.includes(text), body);
});

test('the links to choose a port for a pod lead to the same pod', () => {
  for (const host of ['multi-0.multi.demo', 'multi-0.multi.demo.demo-admin', 'multi-0.multi']) {
    const { links } = choiceFor(`${host.toUpperCase()}.localhost`, [MULTI]);
    assert.deepEqual(links, [`p81.${host}.localhost admin 81`], host);
  }
});

test('the links to choose a port lead to the requested service if its namespace has the name of another service', () => {
  const own = serviceWith('demo', [['web', 82]]);
  assert.deepEqual(choiceFor('multi.demo.localhost', [own, MULTI]).links, [
    'p81.multi.demo.localhost admin 81',
  ]);
});

function pageOf(services: readonly ServiceSummary[]) {
  return pagesOf(services).ownPage(headOf('GET', '/'));
}

function pagesOf(services: readonly ServiceSummary[]) {
  return new OwnPages({
    ...{ context: 'demo-admin', slug: 'demo-admin', localPort: 8900 },
    ...{ namespaces: [{ name: 'demo' }], namespaceNames: ['demo'], services },
  });
}
