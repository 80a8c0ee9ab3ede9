import { realpathSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/**
 * Returns whether Node was started with the file at `url`, which is the caller's `import.meta.url`. Unlike
 * `import.meta.main`, which is undefined before Node 24.2, this function works in every Node that runs the scripts.
 */
export function isStartedFile(url: string): boolean {
  const [, started] = process.argv;
  return started !== undefined && realpathSync(started) === realpathSync(fileURLToPath(url));
}
