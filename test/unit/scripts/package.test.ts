import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { packageExtension } from '../../../scripts/package.ts';
import { readZip } from '../../support/zip.ts';

const folder = mkdtempSync(join(tmpdir(), 'package-'));
after(() => rmSync(folder, { recursive: true, force: true }));

for (const file of [
  'package.json',
  'package.nls.json',
  '.vscodeignore',
  'README.md',
  'CHANGELOG.md',
  'LICENSE',
  'media',
]) {
  cpSync(file, join(folder, file), { recursive: true });
}
writeFileSync(join(folder, 'THIRD_PARTY_NOTICES.txt'), 'none');
cpSync('dist', join(folder, 'dist'), { recursive: true });
git('init', '--quiet');

test('packageExtension without a git remote reports the missing remote and packs', async () => {
  const lines: string[] = [];
  const vsix = await packageExtension(folder, { report: (line) => lines.push(line) });
  assert.match(lines.join('\n'), /No git remote .+ repository, bugs, or homepage/s);
  assert.equal((await manifestIn(vsix))['repository'], undefined);
});

test("packageExtension with a git remote gives the listing its addresses and the README's pictures https addresses", async () => {
  git('remote', 'add', 'origin', 'https://user:secret@github.com/owner/name.git');
  const vsix = await packageExtension(folder, { out: 'with-remote.vsix', report: assert.fail });
  const { repository, bugs, homepage, scripts } = await manifestIn(vsix);
  assert.deepEqual(
    { repository, bugs, homepage, scripts },
    {
      repository: { type: 'git', url: 'https://github.com/owner/name.git' },
      bugs: { url: 'https://github.com/owner/name/issues' },
      homepage: 'https://github.com/owner/name#readme',
      scripts: undefined,
    },
  );
  const readme = String((await readZip(vsix)).get('extension/readme.md'));
  const pictures = [...readme.matchAll(/!\[[^\]]*\]\(([^)]+)\)/g)].map(([, address]) => address ?? '');
  assert.ok(pictures.length > 0);
  for (const address of pictures)
    assert.match(address, /^https:\/\/github\.com\/owner\/name\/raw\/HEAD\/media\//);
  assert.doesNotMatch(readme, /secret/);
});

test('the VSIX contains the pictures of the README and no others', async () => {
  const readme = readFileSync('README.md', 'utf8');
  const vsix = await packageExtension(folder, { out: 'pictures.vsix', report: () => {} });
  const packed = [...(await readZip(vsix)).keys()];
  const screenshots = packed.flatMap((path) => /media\/screenshots\/.+/.exec(path)?.[0] ?? []);
  assert.ok(screenshots.length > 0);
  for (const path of screenshots) assert.ok(readme.includes(path), path);
});

async function manifestIn(vsix: string): Promise<Record<string, unknown>> {
  return JSON.parse(String((await readZip(vsix)).get('extension/package.json')));
}

function git(...gitArguments: string[]): void {
  const { status, stderr } = spawnSync('git', gitArguments, { cwd: folder, encoding: 'utf8' });
  assert.equal(status, 0, stderr);
}
