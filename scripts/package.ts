import { spawnSync } from 'node:child_process';
import { buildBundles } from './build.ts';

// The VSIX. Everything it needs is bundled, and there is no repository address to rewrite links to.
await buildBundles();
const { status } = spawnSync(
  process.execPath,
  [
    'node_modules/@vscode/vsce/vsce',
    'package',
    '--no-dependencies',
    '--no-rewrite-relative-links',
    '--allow-missing-repository',
    ...process.argv.slice(2),
  ],
  { stdio: 'inherit' },
);
process.exitCode = status ?? 1;
