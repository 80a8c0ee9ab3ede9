import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { test } from 'node:test';

/** What each layer may import besides itself: other layers, and packages by name. Node's own modules are free. */
const ALLOWED: Readonly<Record<string, readonly string[]>> = {
  base: [],
  json: ['base'],
  kinds: ['base'],
  spdy: ['base'],
  websocket: ['base'],
  rest: ['base', 'json', 'socks'],
  portforward: ['base', 'kinds', 'spdy', 'websocket', 'rest'],
  kube: ['base', 'json', 'kinds', 'rest', '@kubernetes/client-node', 'js-yaml', 'openid-client', 'valibot'],
  session: ['base', 'kinds', 'portforward', 'kube', 'rest'],
  inspect: ['base', 'kinds', 'http-parser-js'],
  rpc: ['base', 'kinds', 'vscode-jsonrpc'],
  host: ['base', 'kinds', 'rest', 'portforward', 'kube', 'session', 'inspect', 'rpc'],
  library: ['base', 'kinds', 'rest', 'portforward', 'kube', 'session', 'inspect'],
  cli: ['base', 'kinds', 'rest', 'portforward', 'kube', 'session', 'inspect', 'rpc'],
  panel: [],
  webview: ['base', 'panel', 'uplot'],
  ui: ['base', 'kinds', 'rpc', 'panel', 'contributions', 'vscode'],
  demo: ['base', 'spdy', 'websocket', '@peculiar/x509'],
};
const ENTRIES: Readonly<Record<string, readonly string[]>> = {
  'cli.ts': ['cli', 'base'],
  'demo.ts': ['demo', 'base'],
  'host.ts': ['host', 'base', 'rpc'],
  'library.ts': ['library', 'base', 'kinds', 'portforward', 'rest'],
  'extension.ts': ['ui', 'base', 'rpc', 'contributions', 'vscode'],
  'contributions.ts': [],
};
const IMPORT =
  /(?:import|export)\s+(?:type\s+)?[^'";]*?from\s+'([^']+)'|import\('([^']+)'\)|import\s+'([^']+)'/g;

/** As on every system but Windows. */
const withSlashes = (path: string): string => path.replaceAll('\\', '/');

const files = globSync('src/**/*.ts').map(withSlashes).sort();

test('there are sources to look at', () => assert.ok(files.length > 50));

for (const file of files) {
  test(`${file} imports only what its layer may`, () => {
    const path = withSlashes(relative('src', file));
    const isEntry = !path.includes('/');
    const layer = isEntry ? path : (path.split('/')[0] ?? '');
    const allowed = isEntry ? ENTRIES[path] : ALLOWED[layer];
    assert.ok(allowed, `${layer} is not in the table`);
    for (const match of readFileSync(file, 'utf8').matchAll(IMPORT)) {
      const name = importedName(file, match[1] ?? match[2] ?? match[3] ?? '');
      if (name === undefined || name === layer) continue;
      assert.ok(allowed.includes(name), `${path} imports ${name}`);
    }
  });
}

/** The layer or package that an import leads to; undefined for Node's own modules and package.json. */
function importedName(file: string, specifier: string): string | undefined {
  if (specifier.startsWith('node:')) return undefined;
  if (!specifier.startsWith('.')) {
    const parts = specifier.split('/');
    return specifier.startsWith('@') ? parts.slice(0, 2).join('/') : parts[0];
  }
  const target = withSlashes(relative('src', join(dirname(file), specifier)));
  if (target.startsWith('..')) return target.endsWith('package.json') ? undefined : target;
  return target.includes('/') ? target.split('/')[0] : target.replace(/\.ts$/, '');
}
