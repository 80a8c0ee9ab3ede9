import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, test } from 'node:test';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import type { TestEnd } from '../support/demoForward.ts';
import { DemoGateway } from '../support/demoGateway.ts';
import { startLiveCluster } from '../support/liveCluster.ts';
import { launchBrowser } from './harness/browser.ts';
import { ensureWorkbenchInstalled } from './harness/installation.ts';

// Tests how a browser, without VS Code, shows the pages of services at addresses such as `http://shop.demo.localhost`.

let requests: readonly string[];
let open: DemoGateway;
let browser: Browser;
let context: BrowserContext;
const ends: (() => Promise<unknown> | unknown)[] = [];
const suite: TestEnd = { after: (end) => ends.push(end) };

before(async () => {
  const live = await startLiveCluster(suite);
  ({ requests } = live);
  for (const name of ['shop', 'api']) live.expose(name);
  open = new DemoGateway(suite, live.demo);
  await open.gateway.settled();
  browser = await launchBrowser(ensureWorkbenchInstalled((line) => process.stderr.write(`${line}\n`)));
  ends.push(() => browser.close());
  context = await browser.newContext();
});

after(async () => {
  for (const end of ends.reverse()) await end();
});

async function pageAt(url: string): Promise<Page> {
  const page = await context.newPage();
  await page.goto(url);
  return page;
}

/** Sends a request with cookies from a page. Returns the status and body of the response, or the error as text. */
function fetchFrom(page: Page, url: string): Promise<string> {
  return page.evaluate(
    (address) =>
      fetch(address, { credentials: 'include' }).then(
        async (answer) => `${answer.status} ${await answer.text()}`,
        (error: unknown) => String(error),
      ),
    url,
  );
}

test('the list of services leads to a page by name, in a secure context', async () => {
  const page = await pageAt(`http://localhost:${open.port}/`);
  await page.getByRole('link', { name: 'shop', exact: true }).click();
  await page.waitForURL(open.url('shop.demo'));
  assert.equal(await page.evaluate('isSecureContext'), true);
  await page.close();
});

test('two services have separate cookies, and the page of one may call the other', async () => {
  const shop = await pageAt(open.url('shop.demo', '/page'));
  const api = await pageAt(open.url('api.demo', '/page'));
  assert.equal(await shop.title(), 'shop');
  assert.equal(await shop.evaluate('document.cookie'), 'service=shop');
  assert.equal(await api.evaluate('document.cookie'), 'service=api');
  assert.equal(await fetchFrom(shop, open.url('api.demo', '/cookies')), '200 service=api');
  assert.equal(await fetchFrom(shop, open.url('shop.demo', '/cookies')), '200 service=shop');
});

test('a dev server on this machine may call a service, and a page without an origin may not', async () => {
  const server = createServer((_request, response) =>
    response.writeHead(200, { 'content-type': 'text/html' }).end('<!doctype html>'),
  );
  ends.push(() => server.closeAllConnections());
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  ends.push(() => server.close());
  const page = await pageAt(`http://localhost:${port}/`);
  assert.match(await fetchFrom(page, open.url('api.demo', '/cookies')), /^200 /);
  const { length } = requests;
  const foreign = await pageAt('data:text/html,<!doctype html>');
  assert.match(await fetchFrom(foreign, open.url('api.demo', '/cookies')), /Failed to fetch/);
  assert.deepEqual(requests.slice(length), [], 'it has come to the pod');
});

test('a page can use WebSockets and events of its own service and of another', async () => {
  const page = await pageAt(open.url('shop.demo', '/page'));
  for (const name of ['shop.demo', 'api.demo']) {
    const echo = await page.evaluate(
      (url) =>
        new Promise<string>((resolve, reject) => {
          const socket = new WebSocket(url);
          socket.onopen = () => socket.send('hello');
          socket.onmessage = ({ data }) => resolve(String(data));
          socket.onerror = () => reject(new Error('the WebSocket failed'));
        }),
      open.url(name, '/chat').replace('http:', 'ws:'),
    );
    assert.equal(echo, 'hello', name);
    const event = await page.evaluate(
      (url) =>
        new Promise<string>((resolve, reject) => {
          const events = new EventSource(url);
          events.onmessage = ({ data }) => resolve(String(data));
          events.onerror = () => reject(new Error('the events failed'));
        }),
      open.url(name, '/events'),
    );
    assert.equal(event, 'first', name);
  }
});
