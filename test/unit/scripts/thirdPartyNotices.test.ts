import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { build } from 'esbuild';
import { PROGRAMS } from '../../../scripts/build.ts';
import { bundledPackages, thirdPartyNotices } from '../../../scripts/thirdPartyNotices.ts';

const folder = mkdtempSync(join(tmpdir(), 'notices-'));
after(() => rmSync(folder, { recursive: true, force: true }));

test('bundledPackages lists every package that is in a bundle, and thirdPartyNotices has its licence', async () => {
  const { metafile } = await build({
    stdin: {
      contents: "import 'socks'; import { load } from 'js-yaml'; load('');",
      resolveDir: process.cwd(),
    },
    bundle: true,
    platform: 'node',
    write: false,
    metafile: true,
    outdir: folder,
  });
  const folders = bundledPackages([metafile]);
  assert.deepEqual(
    folders.filter((each) => /js-yaml|socks/.test(each)),
    ['node_modules/js-yaml', 'node_modules/socks'],
  );
  const notices = thirdPartyNotices(folders);
  assert.match(notices, /^js-yaml \d+\.\d+\.\d+ \(MIT\)$/m);
  assert.match(notices, /Vitaly Puzrin/);
});

test('the notices of the VSIX name every package that the bundles hold', async () => {
  const entryPoints = ['src/cli.ts', 'src/host.ts', 'src/demo.ts', 'src/extension.ts'];
  const { metafile } = await build({
    ...PROGRAMS,
    entryPoints,
    external: ['vscode'],
    write: false,
    outdir: folder,
  });
  const notices = readFileSync('THIRD_PARTY_NOTICES.txt', 'utf8');
  const inputs = Object.values(metafile.outputs).flatMap((output) => Object.entries(output.inputs));
  const packages = new Set(
    inputs.flatMap(([path, { bytesInOutput }]) => {
      const name = /.*node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(path)?.[1];
      return name !== undefined && bytesInOutput > 0 ? [name] : [];
    }),
  );
  assert.ok(packages.size > 10);
  for (const name of packages) assert.ok(notices.includes(`\n${name} `), name);
});

test('thirdPartyNotices refuses a package without a licence text', () => {
  const unlicensed = join(folder, 'unlicensed');
  mkdirSync(unlicensed);
  writeFileSync(
    join(unlicensed, 'package.json'),
    '{"name": "unlicensed", "version": "1.0.0", "license": "MIT"}',
  );
  assert.throws(
    () => thirdPartyNotices([unlicensed]),
    /unlicensed is bundled, but its package has no licence text/,
  );
});
