import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { uptime } from 'node:os';
import { join } from 'node:path';
import { PRIVATE_FILE_MODE } from '../base/privateFiles.ts';
import type { StartForward } from '../rpc/forwardsContract.ts';
import type { StartGateway } from '../rpc/gatewayContract.ts';
import { LEFT_FORWARDS_FILE } from '../rpc/leftForwards.ts';
import { type Check, gatewayStart, start } from '../rpc/parameters.ts';
import { NONE_LEFT } from './keeper.ts';

/**
 * A forward or gateway that a terminal started in the background (`--detach`). Contains only a hash of the terminal's
 * environment, because environments must not be written to a file. A client whose environment has the same hash can
 * start the forward or gateway again.
 */
export interface LeftBehind<T> {
  readonly environmentKey: string;
  readonly specification: T;
}

/** The forwards and gateways that terminals started in the background (`--detach`). */
export interface AllLeft {
  readonly forwards: readonly LeftBehind<StartForward>[];
  readonly gateways: readonly LeftBehind<StartGateway>[];
}

interface Content extends AllLeft {
  /** The time at which the machine started, in milliseconds since the epoch. */
  readonly startedAtMs: number;
}

/**
 * The start time of the machine is computed from its uptime, so it differs slightly each time. If two start times
 * differ by at most this, in milliseconds, the machine has not restarted between them.
 */
const START_TOLERANCE_MS = 60_000;

/**
 * Records in a file the forwards and gateways that terminals started in the background (`--detach`). Normally, another
 * process, the keeper, starts them again if the host dies. The file is for the case that an update of the editor ends
 * both the host and the keeper. When a client with an equal environment connects to the next host, that host starts
 * them again. The file is ignored if the machine has restarted since, because background forwards are not meant to
 * survive a restart.
 */
export class LeftForwards {
  readonly #path: string;
  readonly #startedAtMs: number;
  #left: AllLeft = NONE_LEFT;
  #written = '';

  /** @param startedAtMs the time at which the machine started; tests set it */
  constructor(folder: string, startedAtMs: number = Date.now() - uptime() * 1_000) {
    this.#path = join(folder, LEFT_FORWARDS_FILE);
    this.#startedAtMs = startedAtMs;
  }

  /** Reads the file of the previous host. Deletes the file if it contains nothing to start again. */
  begin(): void {
    this.#left = read(this.#path, this.#startedAtMs);
    if (isEmpty(this.#left)) this.keep(NONE_LEFT);
  }

  /**
   * Writes the file. The file lists the given forwards and gateways of this host, and those of the previous host that
   * no client has started again yet. A host that ends cleanly passes empty lists.
   */
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
      else writeFileSync(this.#path, text, { mode: PRIVATE_FILE_MODE });
    } catch {
      // Ignored: without the file, the forwards and gateways do not survive an update, but everything else works.
    }
  }

  /**
   * Returns the previous host's forwards and gateways of an environment, and removes them from this object, because the
   * caller starts them again.
   */
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

/** Reads the file. Returns empty lists if the file is missing, damaged, or from before the machine's last start. */
function read(path: string, startedAtMs: number): AllLeft {
  try {
    const content = JSON.parse(readFileSync(path, 'utf8')) as Content;
    if (Math.abs(content.startedAtMs - startedAtMs) > START_TOLERANCE_MS) return NONE_LEFT;
    return {
      forwards: checked(content.forwards, start, 'forward'),
      gateways: checked(content.gateways, gatewayStart, 'gateway'),
    };
  } catch {
    return NONE_LEFT;
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
