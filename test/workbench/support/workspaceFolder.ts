import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after } from 'node:test';

/** A folder for a window to open, gone after the tests of the file that makes it. */
export function makeWorkspaceFolder(): {
  readonly path: string;
  /** Writes a file as JSON, its folders too. */
  write(name: string, value: unknown): void;
} {
  const path = realpathSync(mkdtempSync(join(tmpdir(), 'ws-')));
  after(() => rmSync(path, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 }));
  return {
    path,
    write(name, value) {
      mkdirSync(dirname(join(path, name)), { recursive: true });
      writeFileSync(join(path, name), JSON.stringify(value, null, 2));
    },
  };
}
