import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { PRIVATE_FILE_MODE, PRIVATE_FOLDER_MODE } from '../../base/privateFiles.ts';

const KEY_LENGTH = 16;
const FILE_NAME = /^(\d+)-[0-9a-f]+\.env$/;

/**
 * A task that opens a namespace in a gateway. Such a task has an environment file, with the variables through which
 * programs use the gateway.
 */
export interface EnvFileTask {
  readonly name: string;
  /** The key of the task's folder, from `ownFolder`. Empty for the workspace or the only folder. */
  readonly folder: string;
}

/** A written environment file. */
export interface EnvFile {
  /** False if the file was removed, or another task has replaced it. */
  readonly isCurrent: boolean;
  /** Removes the file, unless another task has replaced it. Synchronous, because the window may be closing. */
  remove(): void;
}

/**
 * Files with the environment variables of tasks, in a folder of the extension's storage. The path of a task's file
 * stays the same while the window is open, so that a launch configuration can name the file before the task has run.
 * All windows of VS Code share the folder, but each file name contains the process ID of its window, so their files
 * never conflict.
 */
export class EnvFiles {
  readonly #folder: string;
  /**
   * The file that was last written to each path. Tasks with the same name write to the same path. With this map, a task
   * does not remove a file that another task has written to the same path in the meantime.
   */
  readonly #latest = new Map<string, EnvFile>();

  constructor(storage: string) {
    this.#folder = join(storage, 'env');
  }

  /** Returns the path of a task's file. The file may not exist yet. */
  pathOf({ folder, name }: EnvFileTask): string {
    const key = createHash('sha256').update(`${folder}\n${name}`).digest('hex').slice(0, KEY_LENGTH);
    return join(this.#folder, `${process.pid}-${key}.env`);
  }

  /**
   * Writes the file so that only its owner can access it. The caller must remove the returned file. Also removes the
   * files of windows that were killed.
   */
  write(path: string, variables: Readonly<Record<string, string>>): EnvFile {
    mkdirSync(this.#folder, { recursive: true, mode: PRIVATE_FOLDER_MODE });
    this.#removeLeft();
    const lines = Object.entries(variables).map(([name, value]) => `${name}=${value}\n`);
    this.#latest.delete(path);
    // Removes an older file first: a file that is overwritten keeps its mode, which might let other users read it.
    rmSync(path, { force: true });
    writeFileSync(path, lines.join(''), { mode: PRIVATE_FILE_MODE, flag: 'wx' });
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
