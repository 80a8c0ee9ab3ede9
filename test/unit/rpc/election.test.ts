import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import promises, { readdir, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { syncBuiltinESMExports } from 'node:module';
import type { Server } from 'node:net';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { type Election, tryToLead } from '../../../src/rpc/election.ts';
import { type HostRecord, latestRecord, newSocketName, recordPath } from '../../../src/rpc/hostRecord.ts';
import { isHostAlive, listenAt } from '../../../src/rpc/hostSocket.ts';
import { temporaryDirectory } from '../../support/temporaryDirectory.ts';

/** A host process as the election sees it: it listens on a socket, and tries to become the host that leads. */
class Candidate {
  readonly record: HostRecord;
  readonly #folder: string;
  #server: Server | undefined;
  election: Election | undefined;

  constructor(folder: string) {
    this.#folder = folder;
    this.record = {
      socket: newSocketName(folder),
      secret: randomBytes(4).toString('hex'),
      protocol: 1,
      version: '1',
      processId: 1,
    };
  }

  async listen(): Promise<void> {
    this.#server = await listenAt(this.record.socket, (socket) => socket.on('error', () => {}).destroy());
  }

  async stand(): Promise<boolean> {
    this.election = await tryToLead(this.#folder, this.record, (record) =>
      isHostAlive(record, new AbortController().signal),
    );
    if (this.election === undefined) this.close();
    return this.election !== undefined;
  }

  /** Acts like a process that SIGKILL has ended: nothing listens any more, and all files stay. */
  async die(): Promise<void> {
    const { socket } = this.record;
    this.close();
    // Pipes on Windows are no files, so nothing would be left.
    if (process.platform !== 'win32') await writeFile(socket, '');
  }

  close(): void {
    this.#server?.close();
    this.#server = undefined;
  }
}

async function candidates(test: TestContext, folder: string, count: number): Promise<Candidate[]> {
  const all = Array.from({ length: count }, () => new Candidate(folder));
  test.after(() => {
    for (const candidate of all) candidate.close();
  });
  await Promise.all(all.map((candidate) => candidate.listen()));
  return all;
}

/** Makes modules that import functions of Node by name use the test's mocks, until the test ends. */
function useMocks(test: TestContext): void {
  syncBuiltinESMExports();
  test.after(() => {
    test.mock.restoreAll();
    syncBuiltinESMExports();
  });
}

const generationsIn = async (folder: string) =>
  (await readdir(folder)).filter((name) => name.startsWith('generation-'));

test('one of many candidates serves, again after the death of each', async (t) => {
  await using folder = await temporaryDirectory();
  for (let round = 1; round <= 10; round++) {
    const all = await candidates(t, folder.path, 20);
    const results = await Promise.all(all.map((candidate) => candidate.stand()));
    assert.equal(results.filter((isLeading) => isLeading).length, 1, `round ${round}`);
    const winner = all.find(({ election }) => election !== undefined);
    assert.equal(winner?.election?.number, round);
    assert.equal(await winner.election.isLeading(), true);
    const latest = await latestRecord(folder.path);
    assert.deepEqual(latest, { number: round, record: winner.record });
    await winner.die();
  }
  assert.deepEqual(await generationsIn(folder.path), ['generation-10']);
});

test('a living host is left alone', async (t) => {
  await using folder = await temporaryDirectory();
  const [first, second] = await candidates(t, folder.path, 2);
  assert.equal(await first?.stand(), true);
  assert.equal(await second?.stand(), false);
  assert.equal(await first?.election?.isLeading(), true);
});

test('a slow candidate that reuses a removed number gives way to a higher one', async (t) => {
  await using folder = await temporaryDirectory();
  const [first, second, third, slow] = await candidates(t, folder.path, 4);
  await first?.stand();
  await first?.die();
  // While the slow candidate checks whether the first one lives, the second one leads and dies. Then the third one
  // leads, and removes the records of the first two.
  const election = await tryToLead(folder.path, slow?.record ?? assert.fail(), async () => {
    await second?.stand();
    await second?.die();
    await third?.stand();
    assert.deepEqual(await generationsIn(folder.path), ['generation-3']);
    return false;
  });
  assert.equal(election, undefined);
  assert.equal(await third?.election?.isLeading(), true);
  assert.equal((await latestRecord(folder.path))?.number, 3);
});

test('a host notices that another took its place, or that its record was removed', async (t) => {
  await using folder = await temporaryDirectory();
  const [host] = await candidates(t, folder.path, 1);
  await host?.stand();
  await writeFile(recordPath(folder.path, 2), '');
  assert.equal(await host?.election?.isLeading(), false);
  await rm(recordPath(folder.path, 2));
  assert.equal(await host?.election?.isLeading(), true);
  await rm(recordPath(folder.path, 1));
  assert.equal(await host?.election?.isLeading(), false);
});

test('a host whose socket cannot be checked still leads', {
  skip: process.platform === 'win32',
}, async (t) => {
  await using folder = await temporaryDirectory();
  const [host] = await candidates(t, folder.path, 1);
  await host?.stand();
  let code = 'EACCES';
  t.mock.method(promises, 'stat', () => Promise.reject(Object.assign(new Error(code), { code })));
  useMocks(t);
  assert.equal(await host?.election?.isLeading(), true);
  code = 'ENOENT';
  assert.equal(await host?.election?.isLeading(), false);
});

test('an invalid record counts as no host', async (t) => {
  await using folder = await temporaryDirectory();
  await writeFile(recordPath(folder.path, 3), 'no JSON');
  const [host] = await candidates(t, folder.path, 1);
  assert.equal(await host?.stand(), true);
  assert.equal(host?.election?.number, 4);
});

test('old leftovers are removed, and a fresh draft of another stays', async (t) => {
  await using folder = await temporaryDirectory();
  const [old, young] = [join(folder.path, 'aaaa.sock'), join(folder.path, 'bbbb.sock')];
  const draft = join(folder.path, 'draft-aa');
  for (const path of [old, young, draft]) await writeFile(path, '');
  const longAgo = new Date(Date.now() - 3_600_000);
  for (const path of [old, draft]) await utimes(path, longAgo, longAgo);
  const [host] = await candidates(t, folder.path, 1);
  await host?.stand();
  await assert.rejects(stat(old), { code: 'ENOENT' });
  await assert.rejects(stat(draft), { code: 'ENOENT' });
  await stat(young);
});

for (const name of ['link', 'rm', 'readFile'] as const) {
  test(`a file that another program has open (${name}) keeps no host from standing and no client from finding it`, async (t) => {
    await using folder = await temporaryDirectory();
    const [candidate = assert.fail()] = await candidates(t, folder.path, 1);
    const original = promises[name] as (...args: unknown[]) => Promise<unknown>;
    let refusals = 2;
    t.mock.method(promises, name, (...args: unknown[]) => {
      if (refusals-- > 0) return Promise.reject(Object.assign(new Error('EBUSY'), { code: 'EBUSY' }));
      return original(...args);
    });
    useMocks(t);
    assert.equal(await candidate.stand(), true);
    assert.deepEqual((await latestRecord(folder.path))?.record, candidate.record);
    assert.ok(refusals <= 0);
  });
}
