import fs from 'node:fs';
import { devNull } from 'node:os';
import { promisify } from 'node:util';
import type { Disposable } from '../base/disposable.ts';
import { systemErrorCode } from '../base/errors.ts';

const open = promisify(fs.open);
const close = promisify(fs.close);

/**
 * An accepted connection starts two checks for free file handles. This is the pause between them. The second check is
 * needed if the handles run out just after the first check: then all later connections are reset instead of accepted,
 * so they start no checks of their own.
 */
const SECOND_CHECK_MS = 1_000;

/**
 * Detects that this process has no file handles left. libuv then resets new connections without reporting an error
 * (`uv__emfile_trick` in its `unix/stream.c`). So after a connection has arrived, this class tries to open handles, at
 * once and a second later. It reports a shortage only once.
 */
export class FileShortage implements Disposable {
  readonly #onShortage: () => void;
  #timer: NodeJS.Timeout | undefined;
  #isClosed = false;

  constructor(onShortage: () => void) {
    this.#onShortage = onShortage;
  }

  /**
   * Checks for a shortage after a connection has arrived. All connections that arrive within one second share the two
   * checks.
   */
  accepted(): void {
    if (this.#isClosed || this.#timer !== undefined) return;
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      // Opens two handles, because one free handle does not prove that there is no shortage. Perhaps the first check
      // used the last free handle while a connection arrived. That connection was reset, and the handle is free again
      // now.
      void this.#openHandles(2);
    }, SECOND_CHECK_MS).unref();
    void this.#openHandles(1);
  }

  dispose(): void {
    this.#isClosed = true;
    clearTimeout(this.#timer);
  }

  /** Tries to open this many handles at the same time, and reports a shortage if that fails. Never rejects. */
  async #openHandles(count: number): Promise<void> {
    const handles: number[] = [];
    try {
      while (handles.length < count) handles.push(await open(devNull, 'r'));
    } catch (error) {
      const code = systemErrorCode(error);
      // Only `EMFILE` (the limit of the process) and `ENFILE` (the limit of the system) mean a shortage.
      if (this.#isClosed || (code !== 'EMFILE' && code !== 'ENFILE')) return;
      this.dispose();
      this.#onShortage();
    } finally {
      for (const handle of handles) await close(handle).catch(() => {});
    }
  }
}
