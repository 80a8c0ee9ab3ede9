import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const OWNER_ONLY = 0o600;
const OWNER_ONLY_FOLDER = 0o700;
const KEY_LENGTH = 16;
const FILE_NAME = /^(\d+)-[0-9a-f]+\.env$/;

/** A task with `proxy`. */
export interface EnvFileTask {
  readonly name: string;
  /** The folder whose task it is, as `ownFolder` returns it: empty for the workspace or the only folder. */
  readonly folder: string;
}

/** A file that was written. */
export interface EnvFile {
  /** Whether the file is there and has these variables. */
  readonly isCurrent: boolean;
  /** Removes the file, unless it has the variables of another task by now. At once: the window may be about to close. */
  remove(): void;
}

/**
 * Files with the environment variables of tasks, in a folder of the extension's storage. A task has the same path for as long as the window is
 * open, so that a launch configuration can name the file before the task has run. Windows share the folder: each has files of its own.
 */
export class EnvFiles {
  readonly #folder: string;
  /** The latest file of each path. Two tasks may have the same name, and so the same path. */
  readonly #latest = new Map<string, EnvFile>();

  constructor(storage: string) {
    this.#folder = join(storage, 'env');
  }

  /** The path of a task's file, which may not exist. */
  pathOf({ folder, name }: EnvFileTask): string {
    const key = createHash('sha256').update(`${folder}\n${name}`).digest('hex').slice(0, KEY_LENGTH);
    return join(this.#folder, `${process.pid}-${key}.env`);
  }

  /** Writes the file for its owner alone. Removes what windows that were killed have left. */
  write(path: string, variables: Readonly<Record<string, string>>): EnvFile {
    mkdirSync(this.#folder, { recursive: true, mode: OWNER_ONLY_FOLDER });
    this.#removeLeft();
    const lines = Object.entries(variables).map(([name, value]) => `${name}=${value}\n`);
    this.#latest.delete(path);
    // A file that is there would keep its mode.
    rmSync(path, { force: true });
    writeFileSync(path, lines.join(''), { mode: OWNER_ONLY, flag: 'wx' });
    const latest = this.#latest;
    const file: EnvFile = {
      get isCurrent() {
        return latest.get(path) === file;
      },
      remove() {
        if (!this.isCurrent) return;
        latest.delete(path);
        rmSync(path, { force: true });
      },
    };
    latest.set(path, file);
    return file;
  }

  #removeLeft(): void {
    for (const name of readdirSync(this.#folder)) {
      const [, processId] = FILE_NAME.exec(name) ?? [];
      if (processId !== undefined && !isAlive(Number(processId)))
        rmSync(join(this.#folder, name), { force: true });
    }
  }
}

function isAlive(processId: number): boolean {
  try {
    process.kill(processId, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
