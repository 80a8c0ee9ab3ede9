import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after } from 'node:test';

/** Creates a folder for a window, removed after the tests of the file. */
export function makeWorkspaceFolder(): {
  readonly path: string;
  /** Writes a value as JSON and creates the folders. */
  write(name: string, value: unknown): void;
  /** Writes a file in the folder itself. */
  writeText(name: string, text: string): void;
} {
  const path = realpathSync(mkdtempSync(join(tmpdir(), 'ws-')));
  after(() => rmSync(path, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 }));
  return {
    path,
    write(name, value) {
      mkdirSync(dirname(join(path, name)), { recursive: true });
      writeFileSync(join(path, name), JSON.stringify(value, null, 2));
    },
    writeText: (name, text) => writeFileSync(join(path, name), text),
  };
}
