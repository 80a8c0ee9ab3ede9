import fs from 'node:fs';
import { devNull } from 'node:os';
import { promisify } from 'node:util';
import type { Disposable } from '../base/disposable.ts';
import { systemErrorCode } from '../base/errors.ts';

const open = promisify(fs.open);
const close = promisify(fs.close);

/** Delay of the second look: connections that arrived right behind the first may have been reset. */
const SECOND_LOOK_MS = 1_000;

/**
 * Notices that this process has no file handles left. libuv then resets new connections and reports nothing (`uv__emfile_trick`
 * in its `unix/stream.c`). So the class tries to open handles after connections arrived, at once and a second later. Reports a
 * shortage once. The caller disposes of it.
 */
export class FileShortage implements Disposable {
  readonly #onShortage: () => void;
  #timer: NodeJS.Timeout | undefined;
  #isClosed = false;

  constructor(onShortage: () => void) {
    this.#onShortage = onShortage;
  }

  /** Looks for a shortage after a connection arrived. One look serves all connections of a second. */
  accepted(): void {
    if (this.#isClosed || this.#timer !== undefined) return;
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      // A connection may have been reset because the first look held the last handle.
      void this.#look(2);
    }, SECOND_LOOK_MS).unref();
    void this.#look(1);
  }

  dispose(): void {
    this.#isClosed = true;
    clearTimeout(this.#timer);
  }

  /** Tries to open this many handles at the same time. Never rejects. */
  async #look(count: number): Promise<void> {
    const handles: number[] = [];
    try {
      while (handles.length < count) handles.push(await open(devNull, 'r'));
    } catch (error) {
      const code = systemErrorCode(error);
      // The limit of the process (`EMFILE`) or of the system (`ENFILE`).
      if (this.#isClosed || (code !== 'EMFILE' && code !== 'ENFILE')) return;
      this.dispose();
      this.#onShortage();
    } finally {
      for (const handle of handles) await close(handle).catch(() => {});
    }
  }
}
