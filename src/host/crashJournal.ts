import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Disposable, toDisposable } from '../base/disposable.ts';
import { PRIVATE_FILE_MODE } from '../base/privateFiles.ts';
import { type ContextReference, contextKey } from '../rpc/clustersContract.ts';

/**
 * The file with the kubeconfig contexts of the views (lists of pods and other objects) that clients of the running host
 * show. If the host crashes, these contexts may be the cause. The host removes the file when it ends cleanly, so an
 * existing file means that the previous host crashed.
 */
const OPEN_FILE = 'open-views.json';
/** The file with the crashes of recent hosts. */
const CRASHES_FILE = 'crashes.json';

/**
 * If the host has crashed this many times with open views of the same context within {@link LOOP_MS}, the next host
 * does not open views of this context. The number must not be higher: a window restarts a lost host only three times in
 * a minute (`MAX_LOSSES` in `src/ui/host/hostConnector.ts`). With a higher number, the window would stop restarting
 * hosts before a host keeps the views closed.
 */
const LOOP_CRASHES = 3;
const LOOP_MS = 120_000;

interface OpenContext extends ContextReference {
  /**
   * Whether the view is still loading its first list of objects. If some views are loading when a host crashes, only
   * the contexts of these views are recorded as possible causes of the crash.
   */
  readonly isLoading: boolean;
}

interface Crash {
  /**
   * When the crash was recorded, in milliseconds since the epoch. Uses the wall clock, because the hosts that read the
   * value later have no other clock in common with this host.
   */
  readonly atMs: number;
  readonly contexts: readonly ContextReference[];
}

/**
 * Records in files the contexts of the open views (lists of pods and other objects). After a crash, the next host reads
 * the files to find out which contexts may have caused the crash. The files contain only the kubeconfig paths and names
 * of contexts.
 */
export class CrashJournal {
  readonly #folder: string;
  readonly #now: () => number;
  readonly #open = new Map<object, OpenContext>();
  /**
   * The contexts whose views stay closed, because earlier hosts crashed while these views were open: maps the key of a
   * context to the number of crashes.
   */
  readonly #closed = new Map<string, number>();
  #crashes: readonly Crash[] = [];
  #hasEnded = false;

  /** @param now returns the wall clock in milliseconds since the epoch */
  constructor(folder: string, now: () => number = Date.now) {
    this.#folder = folder;
    this.#now = now;
  }

  /**
   * Reads the files of earlier hosts, and records a crash if the previous host did not end cleanly. Called once, when
   * this host starts to serve clients.
   */
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

  /**
   * Returns undefined if the views of the context may open. If this host keeps them closed because earlier hosts
   * crashed while they were open, returns the number of these crashes.
   */
  closedAfter(context: ContextReference): number | undefined {
    return this.#closed.get(contextKey(context));
  }

  /**
   * Forgets the crashes of a context, so that its views open again. Called when the user refreshes one of these views.
   */
  reopen(context: ContextReference): void {
    if (!this.#closed.delete(contextKey(context))) return;
    this.#crashes = this.#crashes.map(({ atMs, contexts }) => ({
      atMs,
      contexts: contexts.filter((other) => contextKey(other) !== contextKey(context)),
    }));
    this.#write(CRASHES_FILE, this.#crashes);
  }

  /**
   * Records that a view (a list of pods or other objects) of the context is open, until the result is disposed of. The
   * caller calls `opened` before its first request to the cluster, because the answer of the API server may crash the
   * host. The caller calls `loaded` some time after the first list is complete. If the host is still running at that
   * time, the list has not crashed it.
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

  /** Removes the file of open views, because the host ends cleanly. Never throws. */
  end(): void {
    this.#hasEnded = true;
    try {
      rmSync(join(this.#folder, OPEN_FILE), { force: true });
    } catch {
      // Ignored: on Windows, a virus scanner may still read the file. A file that is left counts as one crash.
    }
  }

  #note(entry: object, context: OpenContext | undefined): void {
    if (context === undefined) this.#open.delete(entry);
    else this.#open.set(entry, context);
    if (!this.#hasEnded) this.#write(OPEN_FILE, [...this.#open.values()]);
  }

  /**
   * Writes a file. Ignores errors, so that a missing folder or a full disk does not prevent a user from opening views.
   */
  #write(name: string, value: readonly unknown[]): void {
    try {
      writeFileSync(join(this.#folder, name), JSON.stringify(value), { mode: PRIVATE_FILE_MODE });
    } catch {
      // Ignored: without the file, crash loops are not detected, but everything else works.
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

/**
 * Returns how many crashes of hosts are recorded for the last {@link LOOP_MS}. A crash is recorded when the next host
 * starts, so the latest crash may be missing.
 */
export function recentCrashes(folder: string, nowMs = Date.now()): number {
  return readList<Crash>(folder, CRASHES_FILE).filter(({ atMs }) => nowMs - atMs < LOOP_MS).length;
}

function readList<T>(folder: string, name: string): T[] {
  try {
    const value: unknown = JSON.parse(readFileSync(join(folder, name), 'utf8'));
    return Array.isArray(value) ? value : [];
  } catch {
    // The file may be missing, or incomplete because a host died while it wrote the file. In both cases, continues as
    // if nothing was recorded.
    return [];
  }
}
