import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Disposable, toDisposable } from '../base/disposable.ts';
import { type ContextReference, contextKey } from '../rpc/contract.ts';

/** The open views of the running host. Removed when the host ends cleanly. */
const OPEN_FILE = 'open-views.json';
/** The crashes of recent hosts. */
const CRASHES_FILE = 'crashes.json';
const OWNER_ONLY = 0o600;

/** This many crashes over one context in a short time are a loop. The third comes before a window stops restarting the host. */
const LOOP_CRASHES = 3;
const LOOP_MS = 120_000;

interface OpenContext extends ContextReference {
  /** Whether the first list is still incomplete: the first rows of a cluster are the likeliest to crash a host. */
  readonly isLoading: boolean;
}

interface Crash {
  /** Milliseconds since the epoch, the only clock that successive hosts share. */
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
  /** The contexts whose views stay closed, by key, with the number of crashes. */
  readonly #closed = new Map<string, number>();
  #crashes: readonly Crash[] = [];
  #isOver = false;

  /** @param now returns the wall clock in milliseconds since the epoch */
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
      counts.set(contextKey(context), (counts.get(contextKey(context)) ?? 0) + 1);
    }
    for (const [key, count] of counts) {
      if (count >= LOOP_CRASHES) this.#closed.set(key, count);
    }
    this.#write(OPEN_FILE, []);
  }

  /** Returns how many hosts crashed over the context. Undefined if its views may open. */
  closedAfter(context: ContextReference): number | undefined {
    return this.#closed.get(contextKey(context));
  }

  /** Forgets the crashes of a context, because a person asks for its views again. */
  reopen(context: ContextReference): void {
    if (!this.#closed.delete(contextKey(context))) return;
    this.#crashes = this.#crashes.map(({ atMs, contexts }) => ({
      atMs,
      contexts: contexts.filter((other) => contextKey(other) !== contextKey(context)),
    }));
    this.#write(CRASHES_FILE, this.#crashes);
  }

  /**
   * Records an open view of the context until the result is disposed of. The record exists before the cluster is asked
   * anything.
   */
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
      contexts.map(({ kubeconfig, context }) => [
        contextKey({ kubeconfig, context }),
        { kubeconfig, context },
      ]),
    ).values(),
  ];
}

/** Returns how many hosts crashed in the last minutes, as their successors recorded. */
export function recentCrashes(folder: string, nowMs = Date.now()): number {
  return readList<Crash>(folder, CRASHES_FILE).filter(({ atMs }) => nowMs - atMs < LOOP_MS).length;
}

function readList<T>(folder: string, name: string): T[] {
  try {
    const value: unknown = JSON.parse(readFileSync(join(folder, name), 'utf8'));
    return Array.isArray(value) ? value : [];
  } catch {
    // The first host finds no file, and a host that died while it wrote leaves an incomplete one.
    return [];
  }
}
