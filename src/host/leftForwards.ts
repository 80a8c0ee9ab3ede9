import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { uptime } from 'node:os';
import { join } from 'node:path';
import type { StartForward } from '../rpc/contract.ts';
import { LEFT_FORWARDS_FILE } from '../rpc/leftForwards.ts';
import { start } from '../rpc/parameters.ts';

/** A forward of a terminal. Its environment stays in memory: only who has the same one can bring the forward back. */
export interface LeftForward {
  readonly environmentKey: string;
  readonly specification: StartForward;
}

interface Content {
  /** When the machine started, milliseconds since the epoch. */
  readonly startedAtMs: number;
  readonly forwards: readonly LeftForward[];
}

const OWNER_ONLY = 0o600;
/** Two readings of the same start differ by less. */
const START_TOLERANCE_MS = 60_000;

/**
 * Remembers forwards of terminals in a file, for a host whose process an update of the editor ends together with its keeper. The
 * next host has them until a client of the same environment comes. What was left before the machine started is forgotten.
 */
export class LeftForwards {
  readonly #path: string;
  readonly #startedAtMs: number;
  #left: readonly LeftForward[] = [];
  #written = '';

  /** @param startedAtMs when the machine started, for tests */
  constructor(folder: string, startedAtMs: number = Date.now() - uptime() * 1_000) {
    this.#path = join(folder, LEFT_FORWARDS_FILE);
    this.#startedAtMs = startedAtMs;
  }

  /** Reads what the last host left. */
  begin(): void {
    this.#left = read(this.#path, this.#startedAtMs);
    if (this.#left.length === 0) this.keep([]);
  }

  /** The forwards of terminals now. A host that ends in order keeps none. */
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
      // Without the file they do not come back; nothing else depends on it.
    }
  }

  /** Removes and returns those of an environment. The caller starts them. */
  take(environmentKey: string): readonly StartForward[] {
    const taken = this.#left.filter((one) => one.environmentKey === environmentKey);
    this.#left = this.#left.filter((one) => !taken.includes(one));
    return taken.map(({ specification }) => specification);
  }
}

/** A file that is missing, damaged, or older than the machine's start holds nothing. */
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
