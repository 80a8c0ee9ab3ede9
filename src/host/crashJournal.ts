import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Disposable, toDisposable } from '../base/disposable.ts';
import type { ContextReference } from '../rpc/contract.ts';
import { keyOf } from './kubeAccess.ts';

/** The open views of the running host. Removed when the host ends cleanly. */
const OPEN_FILE = 'open-views.json';
/** The crashes of the last hosts. */
const CRASHES_FILE = 'crashes.json';
const OWNER_ONLY = 0o600;

/** So many crashes over one context within so long are a loop. The third comes before a window gives up by itself. */
const LOOP_CRASHES = 3;
const LOOP_MS = 120_000;

interface OpenContext extends ContextReference {
  /** Whether its rows are not all there yet: what a cluster sends first is what most likely ends a host. */
  readonly isLoading: boolean;
}

interface Crash {
  /** Milliseconds since the epoch: hosts have nothing else in common. */
  readonly atMs: number;
  readonly contexts: readonly ContextReference[];
}

/**
 * Records which views were open when hosts crashed, in files next to the host's record, because a dead host cannot report. A context
 * is recorded by its kubeconfig and name only.
 */
export class CrashJournal {
  readonly #folder: string;
  readonly #now: () => number;
  readonly #open = new Map<object, OpenContext>();
  /** Contexts whose views stay closed, by their key, with how many crashes they have brought. */
  readonly #closed = new Map<string, number>();
  #crashes: readonly Crash[] = [];
  #isOver = false;

  /** @param now the wall clock, milliseconds since the epoch */
  constructor(folder: string, now: () => number = Date.now) {
    this.#folder = folder;
    this.#now = now;
  }

  /** Reads the files of the previous host. Call it once this host serves. */
  begin(): void {
    const left = readList<OpenContext>(this.#folder, OPEN_FILE);
    const hasCrashed = existsSync(join(this.#folder, OPEN_FILE));
    const crashes = readList<Crash>(this.#folder, CRASHES_FILE).filter(
      ({ atMs }) => this.#now() - atMs < LOOP_MS,
    );
    if (hasCrashed) {
      const loading = left.filter(({ isLoading }) => isLoading);
      crashes.push({ atMs: this.#now(), contexts: unique(loading.length > 0 ? loading : left) });
      this.#write(CRASHES_FILE, crashes);
    }
    this.#crashes = crashes;
    const counts = new Map<string, number>();
    for (const context of crashes.flatMap(({ contexts }) => contexts)) {
      counts.set(keyOf(context), (counts.get(keyOf(context)) ?? 0) + 1);
    }
    for (const [key, count] of counts) {
      if (count >= LOOP_CRASHES) this.#closed.set(key, count);
    }
    this.#write(OPEN_FILE, []);
  }

  /** Returns how many hosts crashed over the context; undefined if its views may open. */
  closedAfter(context: ContextReference): number | undefined {
    return this.#closed.get(keyOf(context));
  }

  /** A person asks for the context's views again: what it has brought is forgotten. */
  reopen(context: ContextReference): void {
    if (!this.#closed.delete(keyOf(context))) return;
    this.#crashes = this.#crashes.map(({ atMs, contexts }) => ({
      atMs,
      contexts: contexts.filter((other) => keyOf(other) !== keyOf(context)),
    }));
    this.#write(CRASHES_FILE, this.#crashes);
  }

  /** A view of the context is open from now on, until disposed of. It is written down before anything is asked of the cluster. */
  opened(context: ContextReference): Disposable & { loaded(): void } {
    const entry = {};
    this.#note(entry, { kubeconfig: context.kubeconfig, context: context.context, isLoading: true });
    const closed = toDisposable(() => this.#note(entry, undefined));
    return {
      dispose: () => closed.dispose(),
      loaded: () => {
        const open = this.#open.get(entry);
        if (open?.isLoading === true) this.#note(entry, { ...open, isLoading: false });
      },
    };
  }

  /** Records a clean end of the host. */
  end(): void {
    this.#isOver = true;
    rmSync(join(this.#folder, OPEN_FILE), { force: true });
  }

  #note(entry: object, context: OpenContext | undefined): void {
    if (context === undefined) this.#open.delete(entry);
    else this.#open.set(entry, context);
    if (!this.#isOver) this.#write(OPEN_FILE, [...this.#open.values()]);
  }

  /** A missing or full folder must not stop a user from opening views. */
  #write(name: string, value: readonly unknown[]): void {
    try {
      writeFileSync(join(this.#folder, name), JSON.stringify(value), { mode: OWNER_ONLY });
    } catch {
      // Without the file, a crash loop is not detected.
    }
  }
}

function unique(contexts: readonly ContextReference[]): readonly ContextReference[] {
  return [
    ...new Map(
      contexts.map(({ kubeconfig, context }) => [keyOf({ kubeconfig, context }), { kubeconfig, context }]),
    ).values(),
  ];
}

/** How many hosts have crashed in the last minutes, as the one that came after them has noted. */
export function recentCrashes(folder: string, nowMs = Date.now()): number {
  return readList<Crash>(folder, CRASHES_FILE).filter(({ atMs }) => nowMs - atMs < LOOP_MS).length;
}

function readList<T>(folder: string, name: string): T[] {
  try {
    const value: unknown = JSON.parse(readFileSync(join(folder, name), 'utf8'));
    return Array.isArray(value) ? value : [];
  } catch {
    // The first host of all finds nothing, and one that died while it wrote has left half of it.
    return [];
  }
}
