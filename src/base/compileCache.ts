import { lstatSync, mkdirSync } from 'node:fs';
import module from 'node:module';
import { join } from 'node:path';
import { homeFolder } from './homeFolder.ts';

const PRIVATE_MODE = 0o700;
const ANY_ACCESS_OF_OTHERS = 0o077;

/**
 * Lets Node keep the code that it compiles from now on, for the next start. Only in a folder that nobody but this user can
 * enter: whoever writes there decides what the next start runs. Without such a folder the program starts as fast as before.
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

/** Makes the folder where it is missing. */
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
