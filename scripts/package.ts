import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { buildBundles } from './build.ts';
import { isStartedFile } from './startedFile.ts';

const VSCE = join(import.meta.dirname, '..', 'node_modules', '@vscode', 'vsce', 'vsce');

/**
 * Packs the built extension in `folder` into a VSIX. Everything it needs is bundled, and there is no repository address to
 * rewrite links to. `vsceArguments`: more for `vsce package`, such as `--out PATH`. Returns its exit status.
 */
export function packageExtension(folder: string, vsceArguments: readonly string[]): number {
  const { status } = spawnSync(
    process.execPath,
    [
      VSCE,
      'package',
      '--no-dependencies',
      '--no-rewrite-relative-links',
      '--allow-missing-repository',
      ...vsceArguments,
    ],
    { cwd: folder, stdio: 'inherit' },
  );
  return status ?? 1;
}

if (isStartedFile(import.meta.url)) {
  await buildBundles();
  process.exitCode = packageExtension(process.cwd(), process.argv.slice(2));
}
