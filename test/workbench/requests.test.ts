import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { get, request } from 'node:http';
import { connect } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { waitFor } from './harness/limits.ts';
import { type TableRow, webviewWith } from './harness/requestsTable.ts';
import type { WorkbenchWindow } from './harness/workbenchWindow.ts';
import { fetchText, portOf } from './support/ports.ts';
import { scenario } from './support/scenario.ts';

const { test } = scenario('requests', { cluster: {} });

/** The local port of the forward that all tests of this file use. */
let port = 0;

test('the empty view explains what to do, and turns the log on', async (fixture) => {
  const { window, clusters, forwards, requests } = fixture;
  await window.openView('Port Forward');
  await window.runCommand('Requests: Focus on Requests View');
  await requests.empty(/^No forwarded ports\./);
  await clusters.expand('demo-admin', 'demo');
  await clusters.runFromContextMenu(/^Pod web-/, 'Forward Port...');
  port = portOf((await window.notifications.waitFor('Forwarding localhost:')).text);
  await requests.empty(/^Requests are not logged\./);
  await requests.clickButton('Log Requests');
  await requests.empty(/^No requests yet\.$/);
  await forwards.row((row) => row.description.endsWith('logging requests'));
  await clusters.runFromContextMenu('db-0', 'Forward Port...');
  await requests.empty(/^No requests yet\. Some forwarded ports are not logged\./);
  await forwards.remove(/^pod\/db-0/, 'Stop Forwarding Port');
  await requests.empty(/^No requests yet\.$/);
});

test('a page that a browser loads is in the table', async ({ window, requests }) => {
  const page = await window.page.context().newPage();
  await page.goto(`http://localhost:${port}/`);
  await page.getByRole('heading').first().waitFor();
  await page.evaluate("Promise.all(['/api/pod?verbose=1&x=2', '/status/404'].map((path) => fetch(path)))");
  await page.close();
  const row = await requests.row('of the page', ({ target, status }) => target === '/' && status === '200');
  assert.equal(row['method'], 'GET');
  assert.match(row['forward'] ?? '', /^pod\/web-.*:8080$/);
  assert.match(row['pod'] ?? '', /^web-/);
  assert.match(row['duration'] ?? '', /ms|s$/);
  assert.match(row['size'] ?? '', /kB$/);
  await requests.row('with names of the query only', ({ target }) => target === '/api/pod?verbose&x');
  await requests.row(
    'of a missing page',
    ({ target, status }) => target === '/status/404' && status === '404',
  );
});

test("a client's text is shown as text", async ({ requests }) => {
  const path = '/<img/src=x/onerror=document.body.remove()>';
  const socket = connect(port, '127.0.0.1');
  socket.end(`GET ${path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`);
  socket.resume();
  await once(socket, 'close');
  await requests.row('of the hostile path', ({ target }) => target === path);
  assert.equal(await (await requests.frame()).locator('img').count(), 0);
});

test('a failure is found by its status, and by other terms of the filter', async ({ requests }) => {
  await fetchText(port, '/status/500');
  await requests.filter('status:5xx');
  const rows = await requests.rowsThat('the failure alone', (all) => all.length === 1);
  assert.deepEqual([rows[0]?.['target'], rows[0]?.['status']], ['/status/500', '500']);
  await requests.filter('status:4xx -path:favicon');
  await requests.rowsThat(
    'client errors',
    (all) => all.length > 0 && all.every(({ status }) => status?.startsWith('4')),
  );
  await requests.filter('nothing has this');
  await requests.empty(/^No requests match the filter\.$/);
  await requests.filter('');
});

test('Enter in the filter moves to the table, but not if it only ends the input of a character', async ({
  requests,
}) => {
  const frame = await requests.frame();
  await requests.rowsThat('all requests', (all) => all.length > 0);
  const focused = await frame.evaluate(`[true, false].map((isComposing) => {
    const filter = document.querySelector('.filter');
    filter.focus();
    filter.dispatchEvent(new KeyboardEvent('keydown', { key: 'Enter', isComposing, bubbles: true }));
    return document.activeElement.className;
  })`);
  assert.deepEqual(focused, ['filter', 'grid']);
});

test('Record Requests keeps headers and bodies, and Copy as cURL gives a working command', async (fixture) => {
  const { window, forwards, requests } = fixture;
  await requests.runFromContextMenu('/status/500', 'Copy as cURL');
  await window.notifications.click('Headers and bodies were not recorded', 'Record Requests');
  await forwards.row((row) => row.description.endsWith('recording requests'));
  await send(port, '/status/503?a=1', {
    'X-Odd': `it's $(id) "here"`,
    Authorization: 'Bearer planted-secret',
  });
  await requests.row('that was recorded', ({ target }) => target === '/status/503?a');
  await requests.runFromContextMenu('/status/503', 'Copy as cURL');
  const command = await waitFor('the command', async () => {
    const text = await window.clipboard();
    return text.startsWith('curl ') ? text : undefined;
  });
  assert.doesNotMatch(command, /planted-secret/);
  // Does not use `execFileSync`, which would block the demo cluster in this process, so that it could not respond.
  const { stdout } = await promisify(execFile)('bash', ['-c', `${command} --silent --include`]);
  assert.match(stdout, /^HTTP\/1\.1 503 /);
  await requests.rowsThat(
    'both requests',
    (all) => all.filter(({ target }) => target === '/status/503?a').length === 2,
  );
});

test('Enter opens the request as a read-only document without its secrets', async ({ window, requests }) => {
  await requests.filter('status:503');
  await requests.rowsThat('the failures', (all) => all.length === 2);
  await requests.focus();
  await window.page.keyboard.press('Home');
  assert.match(await requests.activeRow(), /\/status\/503\?a, 503, .*recorded$/);
  await window.page.keyboard.press('Enter');
  const editor = window.page.locator('.editor-instance .view-lines');
  await editor.waitFor();
  const text = await waitFor('the document', async () => {
    const shown = ((await editor.textContent()) ?? '').replaceAll('\u00a0', ' ');
    return shown.includes('GET /status/503') ? shown : undefined;
  });
  assert.match(text, /X-Odd: it's \$\(id\) "here"/);
  assert.match(text, /Authorization: ‹redacted›/);
  assert.doesNotMatch(text, /planted-secret/);
  await window.page.locator('.tab[aria-label*="GET 503.txt"]').waitFor();
  await requests.filter('');
});

test('the menu key opens the menu of the active row', async ({ window, requests }) => {
  await requests.focus();
  await window.page.keyboard.press('Shift+F10');
  const menu = window.page.locator('.monaco-menu .action-menu-item');
  await menu.first().waitFor();
  assert.deepEqual(await menu.allTextContents(), [
    'Open Request',
    'Open Request Body',
    'Open Response Body',
    'Replay',
    'Copy as cURL',
    'Save as HAR...',
  ]);
  await window.page.keyboard.press('Escape');
  await menu.first().waitFor({ state: 'hidden' });
});

test('Replay asks for redacted values, and before anything but GET', async ({ window, requests }) => {
  await send(port, '/api/headers', { Authorization: 'Bearer planted-secret' });
  await requests.row('to replay', ({ target }) => target === '/api/headers');
  await requests.runFromContextMenu('/api/headers', 'Replay');
  await window.quickInput.waitForTitle('Replay GET /api/headers (1/1)');
  assert.match(await window.quickInput.message(), /^Value of the header Authorization, which was redacted/);
  await window.quickInput.enter('Bearer another');
  await requests.rowsThat('the replayed request', (all) => countOf(all, '/api/headers') === 2);

  await send(port, '/upload', {}, 'a body');
  await requests.row('to confirm', ({ target }) => target === '/upload');
  await requests.runFromContextMenu('/upload', 'Replay');
  await window.notifications.click('Replay POST /upload? It may change data.', 'Replay');
  await requests.rowsThat('the confirmed request', (all) => countOf(all, '/upload') === 2);
});

test('Save as HAR writes the recorded requests without their secrets', async (fixture) => {
  const { window, workbench, requests } = fixture;
  const file = join(workbench.server.folder, 'requests.har');
  await requests.runFromContextMenu('/upload', 'Save as HAR...');
  await saveTo(window, file, file);
  const { log } = await waitFor('the file', async () => JSON.parse(await readFile(file, 'utf8')));
  assert.equal(log.entries[0].request.postData.text, 'a body');
  await requests.runFromTitleMenu('Requests', 'Save as HAR...');
  const all = join(workbench.server.folder, 'all.har');
  await saveTo(window, file, all);
  const text = await waitFor('the file of all', async () => {
    const written = await readFile(all, 'utf8');
    return written.endsWith('}\n') ? written : undefined;
  });
  assert.ok(text.includes('‹redacted›'));
  assert.equal(text.includes('planted-secret'), false);
});

test('the table follows new requests until the user moves away', async ({ window, requests }) => {
  for (let index = 0; index < 60; index += 1) await fetchText(port, `/many/${index}`);
  await requests.row('that is the newest', ({ target }) => target === '/many/59');
  await requests.focus();
  await window.page.keyboard.press('Home');
  await requests.row('at the top', ({ target }) => target === '/');
  await fetchText(port, '/later');
  await requests.filter('later');
  await requests.row('that came later', ({ target }) => target === '/later');
  await requests.filter('');
  await requests.rowsThat('the top still', (all) => isAtTop(all));
  await requests.runFromTitle('Requests', 'Turn Auto Scrolling On');
  await requests.row('that is the newest', ({ target }) => target === '/later');
});

test('a paused table waits, and shows everything when it continues', async (fixture) => {
  const { window, forwards, requests } = fixture;
  await requests.runFromTitle('Requests', 'Pause');
  await window.page.locator('.part.panel .pane-header', { hasText: 'paused' }).waitFor();
  const { description } = await forwards.row(/, ready/);
  await fetchText(port, '/bytes?n=500000');
  await forwards.row((row) => row.level === 1 && row.description !== description);
  assert.equal(
    (await requests.rows()).some(({ target }) => target === '/bytes?n'),
    false,
  );
  await requests.runFromTitle('Requests', 'Continue');
  await requests.row('that was held back', ({ target }) => target === '/bytes?n');
});

test('the chart moves while a download runs', async ({ window }) => {
  const traffic = await webviewWith(window.page, '.uplot');
  const received = () =>
    traffic.locator('.u-legend .u-series', { hasText: 'Received' }).locator('.u-value').first().textContent();
  const download = get({ host: '127.0.0.1', port, path: `/bytes?n=${4e9}`, agent: false });
  try {
    const [response] = await once(download, 'response');
    response.on('error', () => {}).resume();
    await waitFor('megabytes per second', async () => /\d (MB|GB)$/.test((await received()) ?? ''));
  } finally {
    download.destroy();
  }
  await waitFor('the rate to fall', async () => /^0 B$/.test((await received()) ?? ''));
});

test('Clear Requests empties the table', async ({ requests }) => {
  await requests.runFromTitle('Requests', 'Clear Requests');
  await requests.empty(/^No requests yet\./);
});

test('Stop Logging Requests in the title of the view stops the log of the only forward', async ({
  requests,
}) => {
  await requests.runFromTitleMenu('Requests', 'Stop Logging Requests');
  await requests.empty(/^Requests are not logged\./);
});

/** Waits until the save dialog shows the proposed file name, because it is ready then. Saves to `file`. */
async function saveTo({ quickInput }: WorkbenchWindow, proposed: string, file: string): Promise<void> {
  await quickInput.waitForTitle('Save as HAR');
  await waitFor('the proposed name', async () => (await quickInput.value()) === proposed);
  if (file !== proposed) await quickInput.type(file);
  await quickInput.accept();
}

function isAtTop(rows: readonly TableRow[]): boolean {
  return rows[0]?.['target'] === '/' && rows.every(({ target }) => target !== '/later');
}

function countOf(rows: readonly TableRow[], path: string): number {
  return rows.filter(({ target }) => target === path).length;
}

/** Sends a request to a local port, and reads the whole response. */
async function send(
  to: number,
  path: string,
  headers: Readonly<Record<string, string>>,
  body = '',
): Promise<void> {
  const method = body === '' ? 'GET' : 'POST';
  const outgoing = request({ host: '127.0.0.1', port: to, path, headers, method, agent: false });
  outgoing.end(body);
  const [response] = await once(outgoing, 'response');
  response.resume();
  await once(response, 'end');
}
