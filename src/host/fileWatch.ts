import { type StatsListener, unwatchFile, watchFile } from 'node:fs';
import type { Disposable } from '../base/disposable.ts';

/**
 * The time between two checks of a file, in milliseconds. Files are polled, because system notifications miss files
 * that are replaced, linked, on a network, or not created yet.
 */
const INTERVAL_MS = 1_000;

/** Calls `onChange` when one of several files is changed, created or deleted. The caller disposes of the watch. */
export class FileWatch implements Disposable {
  readonly #onChange: () => void;
  readonly #watched = new Map<string, StatsListener>();

  constructor(onChange: () => void) {
    this.#onChange = onChange;
  }

  /** Sets the files to check from now on. */
  setPaths(paths: readonly string[]): void {
    for (const path of [...this.#watched.keys()]) {
      if (!paths.includes(path)) this.#unwatch(path);
    }
    for (const path of paths) {
      if (!this.#watched.has(path)) this.#watch(path);
    }
  }

  dispose(): void {
    for (const path of [...this.#watched.keys()]) this.#unwatch(path);
  }

  #watch(path: string): void {
    const listener: StatsListener = (now, before) => {
      const isSame = now.mtimeMs === before.mtimeMs && now.size === before.size && now.ino === before.ino;
      if (!isSame) this.#onChange();
    };
    watchFile(path, { interval: INTERVAL_MS, persistent: false }, listener);
    this.#watched.set(path, listener);
  }

  #unwatch(path: string): void {
    const listener = this.#watched.get(path);
    this.#watched.delete(path);
    if (listener !== undefined) unwatchFile(path, listener);
  }
}
