import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { test } from 'node:test';

const KILOBYTE = 1_000;

/** Loads dist/extension.cjs with a fake VS Code, and prints which files were loaded. */
const LOAD = `
  const Module = require('node:module');
  const anything = new Proxy(() => {}, { get: () => anything });
  const vscode = { window: anything, workspace: anything, ConfigurationTarget: anything };
  const load = Module._load;
  Module._load = (request, ...others) => (request === 'vscode' ? vscode : load(request, ...others));
  const { activate, deactivate } = require('./dist/extension.cjs');
  console.log(JSON.stringify({ exports: [typeof activate, typeof deactivate], files: Object.keys(require.cache) }));
`;

test('activating the window loads at most 120 kB, and neither its commands nor the connection to the host', () => {
  const { stdout, stderr } = spawnSync(process.execPath, ['-e', LOAD], { encoding: 'utf8' });
  assert.equal(stderr.slice(-2_000), '');
  const { exports, files } = JSON.parse(stdout) as { exports: string[]; files: string[] };
  assert.deepEqual(exports, ['function', 'function']);
  assert.deepEqual(
    files.filter((file) => /later|connectToHost/.test(file)),
    [],
  );
  const size = files.reduce((sum, file) => sum + statSync(file).size, 0);
  assert.ok(files.length > 0 && size <= 120 * KILOBYTE, `${size} bytes: ${files.join(', ')}`);
});

test('the window with all its chunks has at most 302 kB', () => {
  const chunks = readdirSync('dist/chunks').filter((file) => file.endsWith('.cjs'));
  const files = ['dist/extension.cjs', ...chunks.map((file) => `dist/chunks/${file}`)];
  const size = files.reduce((sum, file) => sum + statSync(file).size, 0);
  assert.ok(chunks.some((file) => file.startsWith('window-later-')));
  const text = files.map((file) => readFileSync(file, 'utf8')).join('\n');
  assert.doesNotMatch(text, /viewItem|shownKeys|Stop All Forwards'/, 'what only the manifest needs');
  assert.ok(size <= 302 * KILOBYTE, `${size} bytes`);
});

test('a connection uses only those types of messages that the bundle contains', () => {
  const source = readFileSync('node_modules/vscode-jsonrpc/lib/common/connection.js', 'utf8');
  assert.match(source, /messages_1\.NotificationType\b/);
  assert.doesNotMatch(source, /messages_1\.\w+Type\d/);
  const chunks = readdirSync('dist/chunks').map((file) => readFileSync(`dist/chunks/${file}`, 'utf8'));
  assert.ok(chunks.some((text) => text.includes('$/cancelRequest')));
  assert.doesNotMatch(chunks.join('\n'), /NotificationType\d/);
});

test('a connection uses only those methods of its queue that the bundle contains', () => {
  const source = readFileSync('node_modules/vscode-jsonrpc/lib/common/connection.js', 'utf8');
  const used = new Set(Array.from(source.matchAll(/[qQ]ueue\.(\w+)/g), ([, method]) => method));
  assert.deepEqual(used, new Set(['size', 'shift', 'get', 'delete', 'set']));
  assert.equal(source.match(/linkedMap_1\.(?!LinkedMap\(\))/g), null);
});
