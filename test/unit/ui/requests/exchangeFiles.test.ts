import assert from 'node:assert/strict';
import { test } from 'node:test';
import type * as vscode from 'vscode';
import { FilePermission, FileType, Uri } from '../../../support/fakeVscode.ts';

const { ExchangeFiles } = await import('../../../../src/ui/requests/exchangeFiles.ts');

const uri = Uri.parse('kube-port-forward-request://web/1/GET.txt') as unknown as vscode.Uri;
const file = { content: Buffer.from('GET /'), createdAt: 1_000, changedAt: 2_000 };

test('a document of the request log is a read-only file with the size and the times of its request', async () => {
  const files = new ExchangeFiles(async () => file);
  assert.deepEqual(await files.stat(uri), {
    ...{ type: FileType.File, permissions: FilePermission.Readonly },
    ...{ ctime: 1_000, mtime: 2_000, size: 5 },
  });
  assert.equal(String(await files.readFile(uri)), 'GET /');
});

test('a document that is opened again has the content that its request has now', async () => {
  let content = file.content;
  const files = new ExchangeFiles(async () => ({ ...file, content }));
  await files.readFile(uri);
  content = Buffer.from('GET / 200');
  assert.equal(String(await files.readFile(uri)), 'GET / 200');
  assert.equal((await files.stat(uri)).size, 9);
});

test('a document whose request is no longer in the log cannot be opened', async () => {
  const gone = new Error('gone');
  const files = new ExchangeFiles(() => Promise.reject(gone));
  await assert.rejects(files.readFile(uri), gone);
  await assert.rejects(files.stat(uri), gone);
});

test('the request log refuses every change of its files, and lists no folders', () => {
  const files = new ExchangeFiles(async () => file);
  for (const change of ['writeFile', 'delete', 'rename', 'createDirectory'] as const)
    assert.throws(() => files[change](uri), { code: 'NoPermissions' }, change);
  assert.throws(() => files.readDirectory(uri), { code: 'FileNotADirectory' });
});
