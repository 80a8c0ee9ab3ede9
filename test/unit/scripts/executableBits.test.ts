import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { openPromise } from 'yauzl';
import { makeExecutable } from '../../../scripts/executableBits.ts';
import { temporaryDirectory } from '../../support/temporaryDirectory.ts';
import { readZip } from '../../support/zip.ts';

/** Returns an archive of two empty files as Windows writes it: without modes. */
function emptyFilesZip(names: readonly string[]): Buffer {
  const locals: Buffer[] = [];
  const entries: Buffer[] = [];
  let offset = 0;
  for (const name of names.map((text) => Buffer.from(text))) {
    const local = Buffer.alloc(30);
    local.writeUInt32LE(0x04034b50, 0);
    local.writeUInt16LE(name.length, 26);
    const entry = Buffer.alloc(46);
    entry.writeUInt32LE(0x02014b50, 0);
    entry.writeUInt16LE(name.length, 28);
    entry.writeUInt32LE(offset, 42);
    locals.push(local, name);
    entries.push(entry, name);
    offset += local.length + name.length;
  }
  const directory = Buffer.concat(entries);
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(names.length, 8);
  end.writeUInt16LE(names.length, 10);
  end.writeUInt32LE(directory.length, 12);
  end.writeUInt32LE(offset, 16);
  return Buffer.concat([...locals, directory, end]);
}

async function modesIn(path: string): Promise<Record<string, string>> {
  const zip = await openPromise(path);
  const modes: Record<string, string> = {};
  for await (const entry of zip.eachEntry()) {
    modes[entry.fileName] = (entry.externalFileAttributes >>> 16).toString(8);
  }
  return modes;
}

test('makeExecutable gives the named files of an archive the mode 0755, and leaves the others', async () => {
  await using folder = await temporaryDirectory();
  const path = join(folder.path, 'a.vsix');
  await writeFile(path, emptyFilesZip(['extension/readme.md', 'extension/bin/command']));
  makeExecutable(path, ['extension/bin/command']);
  assert.deepEqual(await modesIn(path), { 'extension/readme.md': '0', 'extension/bin/command': '100755' });
  assert.equal((await readZip(path)).size, 2);
});

test('makeExecutable names a file that the archive lacks, and refuses what is no archive', async () => {
  await using folder = await temporaryDirectory();
  const path = join(folder.path, 'a.vsix');
  await writeFile(path, emptyFilesZip(['one']));
  assert.throws(() => makeExecutable(path, ['one', 'two']), /has no two$/);
  await writeFile(path, 'text');
  assert.throws(() => makeExecutable(path, []), /is not a ZIP archive/);
});
