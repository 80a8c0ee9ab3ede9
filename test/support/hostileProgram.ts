import http, { type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';

// Runs a server that sends responses that no real cluster sends. The first part of a request's path selects the
// response. Prints the port and these first parts. Tests and the benchmark start this program as a child process. The
// program ends when the parent process ends.

const MEBIBYTE = 1024 * 1024;

/**
 * Writes `first`, and then the results of `count` calls of `part`, as fast as the client reads. `count` is optional,
 * default: no limit.
 */
function pour(
  response: ServerResponse,
  part: (index: number) => string,
  first = '',
  count = Number.POSITIVE_INFINITY,
): void {
  response.write(first);
  let index = 0;
  const more = () => {
    while (!response.destroyed && index < count) if (!response.write(part(index++))) return;
    if (index >= count) response.end('null]}');
  };
  response.on('drain', more);
  more();
}

const pod = (name: string, more: object = {}) => ({
  metadata: { name, namespace: 'default', uid: name, resourceVersion: '1', ...more },
  spec: { containers: [{ name: 'c', ports: [{ containerPort: 80 }] }] },
  status: { phase: 'Running', containerStatuses: [{ name: 'c', ready: true, restartCount: 0 }] },
});
const list = (items: readonly object[], next?: string) =>
  JSON.stringify({ metadata: { resourceVersion: '1', continue: next }, items });
const event = (object: object) => `${JSON.stringify({ type: 'ADDED', object })}\n`;
const nameOf = (index: number) => `${((index * 2_654_435_761) % 2 ** 32).toString(36)}-${'n'.repeat(200)}`;
const BOMB = gzipSync(`{"items":[${'{},'.repeat(16 * MEBIBYTE)}{}]}`);
const BLANK_BOMB = gzipSync(`{"items":[${' '.repeat(48 * MEBIBYTE)}]}`);

type Answer = (response: ServerResponse, url: URL) => void;

const LISTS: Readonly<Record<string, Answer>> = {
  bomb: (response) => response.setHeader('Content-Encoding', 'gzip').end(BOMB),
  'blank-bomb': (response) => response.setHeader('Content-Encoding', 'gzip').end(BLANK_BOMB),
  nested: (response) => response.end(`{"items":${'['.repeat(5_000_000)}`),
  'nested-items': (response) =>
    response.end(`{"items":[${`${'['.repeat(90)}${']'.repeat(90)},`.repeat(150_000)}1]}`),
  text: (response) => response.end(`{"items":[{"metadata":{"name":"${'x'.repeat(31 * MEBIBYTE)}"}}]}`),
  annotations: (response) =>
    pour(
      response,
      () => `${JSON.stringify(pod('big', { annotations: { a: 'y'.repeat(MEBIBYTE) } }))},`,
      '{"items":[',
    ),
  objects: (response) =>
    pour(response, (index) => `${JSON.stringify(pod(nameOf(index)))},`, '{"items":[', 30_000),
  ports: (response) => {
    const ports = Array.from({ length: 8_000 }, (_, index) => ({ containerPort: index + 1 }));
    const large = (index: number) => ({
      ...pod(nameOf(index)),
      spec: { containers: [{ name: 'c', ports }] },
    });
    response.end(list(Array.from({ length: 30 }, (_, index) => large(index))));
  },
  pages: (response, url) => {
    const first = Number(url.searchParams.get('continue') ?? 0);
    response.end(
      list(
        Array.from({ length: 500 }, (_, index) => pod(nameOf(first + index))),
        String(first + 500),
      ),
    );
  },
  names: (response) =>
    response.end(JSON.stringify({ items: [5, {}, [], null, true].map((name) => pod(name as string)) })),
};

const WATCHES: Readonly<Record<string, Answer>> = {
  adds: (response) => pour(response, (index) => event(pod(nameOf(index)))),
  changes: (response) =>
    pour(response, (index) => event(pod(nameOf(index % 1000), { uid: `${index % 1000}` }))),
  'endless-event': (response) =>
    pour(response, () => 'x'.repeat(60_000), '{"type":"ADDED","object":{"metadata":{"name":"'),
  'blank-lines': (response) => pour(response, () => '\n'.repeat(60_000)),
  'large-events': (response) =>
    pour(response, (index) => event(pod(nameOf(index), { annotations: { a: 'y'.repeat(MEBIBYTE) } }))),
  'object-names': (response) => pour(response, () => event(pod({} as string))),
};

const server = http.createServer((request, response) => {
  const url = new URL(request.url ?? '/', 'http://hostile');
  const name = url.pathname.split('/')[1] ?? '';
  response.setHeader('Content-Type', 'application/json');
  const isWatch = url.searchParams.has('watch');
  const answer = isWatch ? WATCHES[name] : LISTS[name];
  if (answer !== undefined) answer(response, url);
  else if (isWatch) response.flushHeaders();
  else response.end(list([pod('only')]));
});
server.listen(0, '127.0.0.1', () => {
  const { port } = server.address() as AddressInfo;
  process.stdout.write(`Hostile: ${port} ${[...Object.keys(LISTS), ...Object.keys(WATCHES)].join(' ')}\n`);
});
const stop = () => process.exit();
process.once('SIGTERM', stop).once('SIGINT', stop).once('disconnect', stop);
