import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { uptime } from 'node:os';
import { join } from 'node:path';
import type { StartForward, StartGateway } from '../rpc/contract.ts';
import { LEFT_FORWARDS_FILE } from '../rpc/leftForwards.ts';
import { type Check, gatewayStart, start } from '../rpc/parameters.ts';

/**
 * A forward of a terminal, or namespaces that it opened by name. The environment stays in memory: only a client with an equal
 * environment can restore them.
 */
export interface LeftBehind<T> {
  readonly environmentKey: string;
  readonly specification: T;
}

/** The forwards of terminals, and the namespaces that they opened by name. */
export interface AllLeft {
  readonly forwards: readonly LeftBehind<StartForward>[];
  readonly gateways: readonly LeftBehind<StartGateway>[];
}

interface Content extends AllLeft {
  /** The time at which the machine started, in milliseconds since the epoch. */
  readonly startedAtMs: number;
}

const NOTHING: AllLeft = { forwards: [], gateways: [] };

const OWNER_ONLY = 0o600;
/** Two readings of the same start differ by less. */
const START_TOLERANCE_MS = 60_000;

/**
 * Remembers in a file what terminals left running, because an update of the editor may end the host together with its keeper. The
 * next host keeps it for a client of the same environment. Everything from before the machine started is forgotten.
 */
export class LeftForwards {
  readonly #path: string;
  readonly #startedAtMs: number;
  #left = NOTHING;
  #written = '';

  /** @param startedAtMs the time at which the machine started; tests set it */
  constructor(folder: string, startedAtMs: number = Date.now() - uptime() * 1_000) {
    this.#path = join(folder, LEFT_FORWARDS_FILE);
    this.#startedAtMs = startedAtMs;
  }

  /** Reads the file of the last host. */
  begin(): void {
    this.#left = read(this.#path, this.#startedAtMs);
    if (isEmpty(this.#left)) this.keep(NOTHING);
  }

  /** Records what terminals have now. A host that ends cleanly records nothing. */
  keep({ forwards, gateways }: AllLeft): void {
    const all: AllLeft = {
      forwards: [...this.#left.forwards, ...forwards],
      gateways: [...this.#left.gateways, ...gateways],
    };
    const content: Content = { startedAtMs: this.#startedAtMs, ...all };
    const text = isEmpty(all) ? '' : JSON.stringify(content);
    if (text === this.#written && text !== '') return;
    this.#written = text;
    try {
      if (text === '') rmSync(this.#path, { force: true });
      else writeFileSync(this.#path, text, { mode: OWNER_ONLY });
    } catch {
      // Without the file, the forwards are not restored. Nothing else depends on it.
    }
  }

  /** Removes and returns the forwards and gateways of an environment's terminals. The caller starts them. */
  take(environmentKey: string): {
    readonly forwards: readonly StartForward[];
    readonly gateways: readonly StartGateway[];
  } {
    const { forwards, gateways } = this.#left;
    const isTaken = (one: LeftBehind<unknown>) => one.environmentKey === environmentKey;
    const isLeft = (one: LeftBehind<unknown>) => !isTaken(one);
    this.#left = { forwards: forwards.filter(isLeft), gateways: gateways.filter(isLeft) };
    return {
      forwards: forwards.filter(isTaken).map(({ specification }) => specification),
      gateways: gateways.filter(isTaken).map(({ specification }) => specification),
    };
  }
}

function isEmpty({ forwards, gateways }: AllLeft): boolean {
  return forwards.length + gateways.length === 0;
}

/** Returns nothing for a file that is missing, damaged, or older than the machine's start. */
function read(path: string, startedAtMs: number): AllLeft {
  try {
    const content = JSON.parse(readFileSync(path, 'utf8')) as Content;
    if (Math.abs(content.startedAtMs - startedAtMs) > START_TOLERANCE_MS) return NOTHING;
    return {
      forwards: checked(content.forwards, start, 'forward'),
      gateways: checked(content.gateways, gatewayStart, 'gateway'),
    };
  } catch {
    return NOTHING;
  }
}

function checked<T>(
  all: readonly LeftBehind<unknown>[],
  check: Check<T>,
  name: string,
): readonly LeftBehind<T>[] {
  return all.map(({ environmentKey, specification }) => ({
    environmentKey: String(environmentKey),
    specification: check(specification, name),
  }));
}
