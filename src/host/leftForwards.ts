import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { uptime } from 'node:os';
import { join } from 'node:path';
import type { StartForward } from '../rpc/contract.ts';
import { LEFT_FORWARDS_FILE } from '../rpc/leftForwards.ts';
import { start } from '../rpc/parameters.ts';

/**
 * A forward of a terminal. Its environment stays in memory: only a client with an equal environment can restore the forward.
 */
export interface LeftForward {
  readonly environmentKey: string;
  readonly specification: StartForward;
}

interface Content {
  /** The time at which the machine started, in milliseconds since the epoch. */
  readonly startedAtMs: number;
  readonly forwards: readonly LeftForward[];
}

const OWNER_ONLY = 0o600;
/** Two readings of the same start differ by less. */
const START_TOLERANCE_MS = 60_000;

/**
 * Remembers forwards of terminals in a file, because an update of the editor may end the host together with its keeper. The
 * next host keeps them for a client of the same environment. Forwards from before the machine started are forgotten.
 */
export class LeftForwards {
  readonly #path: string;
  readonly #startedAtMs: number;
  #left: readonly LeftForward[] = [];
  #written = '';

  /** @param startedAtMs the time at which the machine started; tests set it */
  constructor(folder: string, startedAtMs: number = Date.now() - uptime() * 1_000) {
    this.#path = join(folder, LEFT_FORWARDS_FILE);
    this.#startedAtMs = startedAtMs;
  }

  /** Reads the file of the last host. */
  begin(): void {
    this.#left = read(this.#path, this.#startedAtMs);
    if (this.#left.length === 0) this.keep([]);
  }

  /** Records the current forwards of terminals. A host that ends cleanly records none. */
  keep(forwards: readonly LeftForward[]): void {
    const all = [...this.#left, ...forwards];
    const content: Content = { startedAtMs: this.#startedAtMs, forwards: all };
    const text = all.length === 0 ? '' : JSON.stringify(content);
    if (text === this.#written && text !== '') return;
    this.#written = text;
    try {
      if (text === '') rmSync(this.#path, { force: true });
      else writeFileSync(this.#path, text, { mode: OWNER_ONLY });
    } catch {
      // Without the file the forwards do not come back; nothing else depends on it.
    }
  }

  /** Removes and returns the forwards of an environment. The caller starts them. */
  take(environmentKey: string): readonly StartForward[] {
    const taken = this.#left.filter((one) => one.environmentKey === environmentKey);
    this.#left = this.#left.filter((one) => !taken.includes(one));
    return taken.map(({ specification }) => specification);
  }
}

/** Returns nothing for a file that is missing, damaged, or older than the machine's start. */
function read(path: string, startedAtMs: number): readonly LeftForward[] {
  try {
    const content = JSON.parse(readFileSync(path, 'utf8')) as Content;
    if (Math.abs(content.startedAtMs - startedAtMs) > START_TOLERANCE_MS) return [];
    return content.forwards.map(({ environmentKey, specification }) => ({
      environmentKey: String(environmentKey),
      specification: start(specification, 'forward'),
    }));
  } catch {
    return [];
  }
}
