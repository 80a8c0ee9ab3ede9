import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';

/** Installs the packages of the lock file in `folder`. Throws an error if npm fails. */
export function installPackages(folder: string): void {
  const { status, error } = spawnSync('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'], {
    cwd: folder,
    stdio: ['ignore', 2, 2],
    shell: process.platform === 'win32',
  });
  if (status !== 0)
    throw new Error(`npm ci failed in ${relative(process.cwd(), folder)} (${error ?? status})`);
}

/** Like {@link installPackages}, but does nothing if the lock file is the same as at the last installation. */
export function ensurePackagesInstalled(folder: string): void {
  const lock = readFileSync(join(folder, 'package-lock.json'), 'utf8');
  const stamp = join(folder, 'node_modules', '.installed-lock.json');
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === lock) return;
  installPackages(folder);
  writeFileSync(stamp, lock);
}
