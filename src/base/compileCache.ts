import { lstatSync, mkdirSync } from 'node:fs';
import module from 'node:module';
import { join } from 'node:path';
import { homeFolder } from './homeFolder.ts';

const PRIVATE_MODE = 0o700;
const ANY_ACCESS_OF_OTHERS = 0o077;

/**
 * Makes Node keep compiled code for the next start. Uses only a folder that no other user can enter, because its content is run at
 * the next start. Without such a folder, nothing is kept.
 */
export function keepCompiledCode(): void {
  const folder = cacheFolder();
  if (isOwn(folder)) module.enableCompileCache?.(folder);
}

function cacheFolder(): string {
  const home = homeFolder();
  switch (process.platform) {
    case 'win32':
      return join(home, 'AppData', 'Local', 'kube-port-forward', 'compiled');
    case 'darwin':
      return join(home, 'Library', 'Caches', 'kube-port-forward');
    default:
      return join(home, '.cache', 'kube-port-forward');
  }
}

/** Creates the folder if needed. Returns true if only this user can enter it. */
function isOwn(folder: string): boolean {
  try {
    mkdirSync(folder, { mode: PRIVATE_MODE, recursive: true });
    const status = lstatSync(folder);
    // Windows guards a user's own folder by itself.
    if (process.platform === 'win32') return status.isDirectory();
    const isPrivate = (status.mode & ANY_ACCESS_OF_OTHERS) === 0;
    return status.isDirectory() && status.uid === process.geteuid?.() && isPrivate;
  } catch {
    return false;
  }
}
