import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { open, readFile, truncate, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import { fileErrorReason, readBoundedFile, readBoundedText } from '../../../src/base/boundedFile.ts';
import { temporaryDirectory } from '../../support/temporaryDirectory.ts';

const isWindows = process.platform === 'win32';

async function reasonOf(reading: Promise<unknown>): Promise<string> {
  return await reading.then(() => 'none', fileErrorReason);
}

test('a file is read whole', async () => {
  await using directory = await temporaryDirectory();
  const path = join(directory.path, 'file');
  const text = 'größer als ein Stück\n'.repeat(10_000);
  await writeFile(path, text);
  assert.equal(await readBoundedText(path), text);
  await writeFile(path, '');
  assert.equal(await readBoundedText(path), '');
});

test('a file that is too large is refused, also if it does not report its size', async () => {
  await using directory = await temporaryDirectory();
  const path = join(directory.path, 'file');
  await writeFile(path, '');
  await truncate(path, 9 * 1024 * 1024);
  assert.equal(await reasonOf(readBoundedFile(path)), 'it is larger than 8 MiB');
  if (process.platform === 'linux') {
    assert.equal(
      await reasonOf(readBoundedFile('/proc/self/maps', { limitBytes: 16 })),
      `it is larger than ${16 / 1024 / 1024} MiB`,
    );
  }
});

test("a missing or forbidden file fails with the system's error", async () => {
  await using directory = await temporaryDirectory();
  assert.equal(await reasonOf(readBoundedFile(join(directory.path, 'none'))), 'ENOENT');
});

suite('files that are not regular', { skip: isWindows }, () => {
  test('are refused as an endless device, a folder or a socket, and empty as the null device', async () => {
    await using directory = await temporaryDirectory();
    const path = join(directory.path, 'socket');
    await using server = createServer().listen(path);
    await once(server, 'listening');
    assert.equal(await reasonOf(readBoundedFile('/dev/zero')), 'it is neither a file nor a pipe');
    assert.equal(await reasonOf(readBoundedFile(directory.path)), 'it is a folder');
    assert.equal(await reasonOf(readBoundedFile(path)), 'ENXIO');
    assert.equal(await readBoundedText('/dev/null'), '');
  });

  test('are read to their end as a pipe, which may come late', async () => {
    await using directory = await temporaryDirectory();
    const path = join(directory.path, 'pipe');
    execFileSync('mkfifo', [path]);
    const reading = readBoundedText(path);
    const writer = spawn('sh', ['-c', 'exec > "$0"; printf first; sleep 0.1; printf second', path], {
      stdio: 'ignore',
    });
    const closed = once(writer, 'close');
    assert.equal(await reading, 'firstsecond');
    await closed;
  });

  test('are cut off as an endless pipe', async () => {
    await using directory = await temporaryDirectory();
    const path = join(directory.path, 'pipe');
    execFileSync('mkfifo', [path]);
    const reading = reasonOf(readBoundedFile(path, { limitBytes: 1024 * 1024 }));
    const writer = spawn('sh', ['-c', 'exec cat /dev/zero > "$0"', path], { stdio: 'ignore' });
    const closed = once(writer, 'close');
    assert.equal(await reading, 'it is larger than 1 MiB');
    const [, signal] = await closed;
    assert.equal(signal, 'SIGPIPE');
  });

  test('are given up as pipes without a writer, while other files are read', async () => {
    await using directory = await temporaryDirectory();
    const paths = Array.from({ length: 8 }, (_none, index) => join(directory.path, `pipe${index}`));
    execFileSync('mkfifo', paths);
    const stuck = paths.map((path) => reasonOf(readBoundedFile(path, { timeLimitMs: 300 })));
    let isSettled = false;
    const all = Promise.all(stuck).finally(() => {
      isSettled = true;
    });
    const other = join(directory.path, 'other');
    await writeFile(other, 'text');
    assert.equal(await readFile(other, 'utf8'), 'text');
    assert.ok(!isSettled, 'the pipes are still waited for');
    for (const reason of await all) assert.equal(reason, 'it takes longer than 0.3 s to read');
    // The reads have ended, so nothing reads from the pipes any more, and a pipe cannot be opened for writing.
    const { O_WRONLY, O_NONBLOCK } = (await import('node:fs')).constants;
    await assert.rejects(open(paths[0] ?? '', O_WRONLY | O_NONBLOCK), { code: 'ENXIO' });
  });
});
