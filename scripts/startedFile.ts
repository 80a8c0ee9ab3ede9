import { realpathSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/**
 * Returns true if Node was started with the file at `url`, a module's own `import.meta.url`. Unlike `import.meta.main`, which Node
 * has since 24.2 and silently leaves undefined before, it works on every Node that runs the scripts.
 */
export function isStartedFile(url: string): boolean {
  const [, started] = process.argv;
  return started !== undefined && realpathSync(started) === realpathSync(fileURLToPath(url));
}
