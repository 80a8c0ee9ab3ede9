import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after } from 'node:test';

/** Creates a folder that a test opens in VS Code. Removes the folder after the tests of the file. */
export function makeWorkspaceFolder(): {
  readonly path: string;
  /** Writes a value as JSON. Creates the folders in the path `name` if they do not exist. */
  write(name: string, value: unknown): void;
  /** Writes a text file directly in the folder, without creating folders. */
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
