import fs from 'node:fs';
import { devNull } from 'node:os';
import { promisify } from 'node:util';
import type { Disposable } from '../base/disposable.ts';
import { systemErrorCode } from '../base/errors.ts';

const open = promisify(fs.open);
const close = promisify(fs.close);

/** How long after a connection it is looked once more: what came right behind it may have been reset. Milliseconds. */
const SECOND_LOOK_MS = 1_000;

/**
 * Notices that this process has no file handles left. Connections that come then are reset by libuv, which tells nobody (`uv__emfile_trick`
 * in its `unix/stream.c`), so it is looked whether a handle can be had after connections have come: at once, and a second later.
 * Tells once. Disposing ends the looking.
 */
export class FileShortage implements Disposable {
  readonly #onShortage: () => void;
  #timer: NodeJS.Timeout | undefined;
  #isOver = false;

  constructor(onShortage: () => void) {
    this.#onShortage = onShortage;
  }

  /** A connection has come. One look serves all that come within a second. */
  accepted(): void {
    if (this.#isOver || this.#timer !== undefined) return;
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      // Connections may have been reset for want of the handle that the first look took and gave back.
      void this.#look(2);
    }, SECOND_LOOK_MS).unref();
    void this.#look(1);
  }

  dispose(): void {
    this.#isOver = true;
    clearTimeout(this.#timer);
  }

  /** Tries to have so many handles at once. Never rejects. */
  async #look(count: number): Promise<void> {
    const handles: number[] = [];
    try {
      while (handles.length < count) handles.push(await open(devNull, 'r'));
    } catch (error) {
      const code = systemErrorCode(error);
      // Of the process, or of the system.
      if (this.#isOver || (code !== 'EMFILE' && code !== 'ENFILE')) return;
      this.dispose();
      this.#onShortage();
    } finally {
      for (const handle of handles) await close(handle).catch(() => {});
    }
  }
}
