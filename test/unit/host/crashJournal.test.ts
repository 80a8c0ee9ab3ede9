import assert from 'node:assert/strict';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { CrashJournal, recentCrashes } from '../../../src/host/crashJournal.ts';
import { assertPrivate } from '../../support/assertPrivate.ts';
import { temporaryDirectory } from '../../support/temporaryDirectory.ts';

const hostile = { kubeconfig: '/k', context: 'hostile' };
const good = { kubeconfig: '/k', context: 'good' };

/** Starts a host's crash journal. Unless the test calls `end`, the next journal assumes that this host has crashed. */
function host(folder: string, nowMs = 0): CrashJournal {
  const journal = new CrashJournal(folder, () => nowMs);
  journal.begin();
  return journal;
}

test('a context over which three hosts crashed stays closed until somebody asks for it', async () => {
  await using folder = await temporaryDirectory();
  for (let crash = 0; crash < 3; crash++) {
    const journal = host(folder.path, crash * 1_000);
    assert.equal(journal.closedAfter(hostile), undefined);
    journal.opened(good).loaded();
    journal.opened(hostile);
  }
  const journal = host(folder.path, 3_000);
  assert.equal(journal.closedAfter(hostile), 3);
  assert.equal(journal.closedAfter(good), undefined, 'its rows were there already');
  journal.reopen(hostile);
  assert.equal(journal.closedAfter(hostile), undefined);
  journal.end();
  assert.equal(host(folder.path, 4_000).closedAfter(hostile), undefined);
});

test('all contexts are suspected if every view was loaded', async () => {
  await using folder = await temporaryDirectory();
  for (let crash = 0; crash < 3; crash++) {
    const journal = host(folder.path);
    for (const context of [good, hostile]) journal.opened(context).loaded();
  }
  const journal = host(folder.path);
  assert.equal(journal.closedAfter(hostile), 3);
  assert.equal(journal.closedAfter(good), 3);
});

test('closed views, clean ends and old crashes count for nothing', async () => {
  await using folder = await temporaryDirectory();
  for (let round = 0; round < 5; round++) host(folder.path).opened(hostile).dispose();
  for (let round = 0; round < 5; round++) {
    const journal = host(folder.path);
    journal.opened(hostile);
    journal.end();
  }
  for (let round = 1; round < 6; round++) host(folder.path, round * 300_000).opened(hostile);
  assert.equal(host(folder.path, 5 * 300_000 + 1).closedAfter(hostile), undefined);
  assert.equal(recentCrashes(folder.path, 5 * 300_000 + 2), 2);
});

test('two views of one context are one suspicion for each crash', async () => {
  await using folder = await temporaryDirectory();
  const journal = host(folder.path);
  journal.opened(hostile);
  journal.opened(hostile);
  assert.equal(host(folder.path).closedAfter(hostile), undefined);
});

test('the files are private and name contexts only, and an incomplete file counts as none', async () => {
  await using folder = await temporaryDirectory();
  const open = join(folder.path, 'open-views.json');
  host(folder.path).opened({ ...hostile, token: 'planted-secret' } as typeof hostile);
  await assertPrivate(open);
  assert.ok(!(await readFile(open, 'utf8')).includes('planted-secret'));
  await writeFile(open, '[{"kubeconfig":"/k","con');
  assert.equal(host(folder.path).closedAfter(hostile), undefined);
});

test('a missing folder keeps nobody from opening views', () => {
  const journal = host('/nowhere/at/all');
  journal.opened(hostile).loaded();
  assert.equal(journal.closedAfter(hostile), undefined);
  journal.end();
});

test('a file that cannot be removed does not keep a host from ending', async () => {
  await using folder = await temporaryDirectory();
  // On Windows, a file cannot be removed while a virus scanner reads it. The test uses a folder instead, for which the
  // same call fails on any system.
  await mkdir(join(folder.path, 'open-views.json'));
  const journal = new CrashJournal(folder.path);
  journal.end();
});
