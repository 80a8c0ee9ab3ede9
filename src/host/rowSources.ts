import type { Clock } from '../base/async.ts';
import { type Disposable, DisposableStore, toDisposable } from '../base/disposable.ts';
import { CodedError, isCoded, isPermissionProblem } from '../base/errors.ts';
import { SharedMap } from '../base/sharedMap.ts';
import { contextKey, type ViewScope } from '../rpc/clustersContract.ts';
import { runContained } from './containment.ts';
import type { CrashJournal } from './crashJournal.ts';
import type { KubeAccess } from './kubeAccess.ts';
import { createRowSource } from './rowSource.ts';
import type { RowSource } from './watchedRows.ts';

/** The part of {@link KubeAccess} that this file uses. */
type Access = Pick<KubeAccess, 'connect' | 'signIn' | 'onDidReplace'>;

/**
 * A callback of a view (a list of pods or other objects). Called at once when {@link RowSources.follow} adds it, and
 * after each change of the rows or of the connection to the API server. Receives the source of the rows, or the reason
 * why there is no source.
 */
type Follower = (source: RowSource | undefined, failure: unknown) => void;

/** If a watch cannot connect, it waits this long before it reads the kubeconfig and tries again, in milliseconds. */
const RETRY_MS = 5_000;
/**
 * Minimum time between two reconnects of a watch, because each reconnect reads the kubeconfig again. If the kubeconfig
 * is different each time it is read, the watch would otherwise reconnect without a pause.
 */
const RECONNECT_MS = 1_000;
/**
 * How long the crash journal still records a view as loading after its first list is complete, in milliseconds. If the
 * rows of the list crash the host, they do so within this time. The journal then records the context of the view as a
 * possible cause of the crash.
 */
const SETTLED_MS = 2_000;

/** The part of {@link CrashJournal} that {@link RowSources} uses. */
export type ViewJournal = Pick<CrashJournal, 'closedAfter' | 'reopen' | 'opened'>;

const NO_JOURNAL: ViewJournal = {
  closedAfter: () => undefined,
  reopen: () => {},
  opened: () => ({ loaded: () => {}, dispose: () => {} }),
};

/**
 * The watches for the views (lists of pods and other objects) of all clients with the same environment. Views of the
 * same type, context and namespace share one watch, which ends when the last of these views is closed.
 */
export class RowSources implements Disposable {
  readonly #access: Access;
  readonly #clock: Clock;
  readonly #journal: ViewJournal;
  readonly #owned = new DisposableStore();
  readonly #watches = this.#owned.add(new SharedMap<WatchedScope>());

  constructor(access: Access, clock: Clock, journal = NO_JOURNAL) {
    this.#access = access;
    this.#clock = clock;
    this.#journal = journal;
    this.#owned.add(
      access.onDidReplace((reference) => {
        for (const watch of this.#watches.values()) watch.reconnectIf(contextKey(reference));
      }),
    );
  }

  /** The number of watches. */
  get size(): number {
    return this.#watches.size;
  }

  /**
   * Calls `follower` with the source of the rows for a view of this scope, now and after each change, until the result
   * is disposed of.
   */
  follow(scope: ViewScope, follower: Follower): Disposable {
    const create = () => new WatchedScope(scope, this.#access, this.#clock, this.#journal);
    const { value: watch, dispose } = this.#watches.acquire(scopeKey(scope), create);
    watch.setScope(scope);
    watch.add(follower);
    return toDisposable(() => {
      watch.remove(follower);
      dispose();
    });
  }

  /**
   * Called when the scope of a view has changed. Passes the new scope to the watch of the view, because the window may
   * now allow the exec plugin of the context. If the watch failed because the plugin was not allowed, the watch
   * connects again.
   */
  setScope(scope: ViewScope): void {
    this.#watches.get(scopeKey(scope))?.setScope(scope);
  }

  /**
   * Lists the objects of a scope again, because the user has refreshed a view. Asks the user to sign in if needed.
   * @throws CodedError the errors of `KubeAccess.signIn`
   */
  async refresh(scope: ViewScope, signal: AbortSignal): Promise<void> {
    await this.#watches.get(scopeKey(scope))?.refresh(signal);
  }

  dispose(): void {
    this.#owned.dispose();
  }
}

/** The watch for all views of one type, context and namespace. Its followers are the callbacks of these views. */
class WatchedScope implements Disposable {
  #scope: ViewScope;
  readonly #access: Access;
  readonly #clock: Clock;
  readonly #journal: ViewJournal;
  readonly #followers = new Set<Follower>();
  readonly #abort = new AbortController();
  #connection = new DisposableStore();
  #source: RowSource | undefined;
  #failure: unknown;
  #reconnectedAt = Number.NEGATIVE_INFINITY;

  constructor(scope: ViewScope, access: Access, clock: Clock, journal: ViewJournal) {
    this.#scope = scope;
    this.#access = access;
    this.#clock = clock;
    this.#journal = journal;
    this.#start();
  }

  /**
   * Replaces the scope by another scope of the same type, context and namespace. If the watch failed because the
   * plugin or token file of the context was not allowed, and the new scope allows another one, connects again.
   */
  setScope(scope: ViewScope): void {
    const before = this.#scope.context.plugins?.allowed;
    this.#scope = scope;
    const isNew = scope.context.plugins?.allowed !== before;
    const failure = this.#failure ?? this.#source?.error;
    if (isNew && isCoded(failure) && isPermissionProblem(failure.code)) this.#start();
  }

  add(follower: Follower): void {
    this.#followers.add(follower);
    follower(this.#source, this.#failure);
  }

  remove(follower: Follower): void {
    this.#followers.delete(follower);
  }

  reconnectIf(changedKey: string): void {
    if (contextKey(this.#scope.context) !== changedKey || this.#abort.signal.aborted) return;
    const waitMs = this.#reconnectedAt + RECONNECT_MS - this.#clock.now();
    if (waitMs <= 0) return this.#reconnect();
    this.#disconnect().add(this.#clock.setTimer(waitMs, () => this.#reconnect()));
  }

  #reconnect(): void {
    this.#reconnectedAt = this.#clock.now();
    this.#start();
  }

  /**
   * Connects to the cluster, and contains errors: if a timer or callback of the watch throws, only this watch fails,
   * and not the process.
   */
  #start(): void {
    runContained(
      (error) => this.#fail(error),
      () => void this.#connect(),
    );
  }

  async refresh(signal: AbortSignal): Promise<void> {
    this.#journal.reopen(this.#scope.context);
    await this.#access.signIn(this.#scope.context, AbortSignal.any([signal, this.#abort.signal]));
    // There is no source if the watch could not connect to the cluster, has not finished connecting, or has failed. In
    // all these cases, connects again.
    if (this.#source === undefined) this.#start();
    else this.#source.refresh();
  }

  dispose(): void {
    this.#abort.abort(new CodedError('STOPPED'));
    this.#connection.dispose();
    this.#source = undefined;
  }

  /**
   * Connects to the cluster and starts the watch. If connecting fails, tries again after {@link RETRY_MS}. Does not
   * connect if the crash journal keeps the views of this context closed, because they crash the host. Never rejects.
   */
  async #connect(): Promise<void> {
    const connection = this.#disconnect();
    const count = this.#journal.closedAfter(this.#scope.context);
    if (count !== undefined) {
      return this.#fail(new CodedError('VIEW_CLOSED', { count, context: this.#scope.context.context }));
    }
    try {
      const opened = connection.add(this.#journal.opened(this.#scope.context));
      const { cluster } = await this.#access.connect(this.#scope.context, this.#abort.signal);
      if (connection.isDisposed) return;
      const { type } = this.#scope;
      const namespace = type === 'namespaces' ? undefined : this.#scope.namespace;
      this.#source = connection.add(createRowSource(cluster, type, namespace, this.#clock));
      this.#failure = undefined;
      connection.add(this.#source.onDidChange(() => this.#notify()));
      this.#noteWhenLoaded(this.#source, opened, connection);
    } catch (error) {
      if (connection.isDisposed) return;
      this.#source = undefined;
      this.#failure = error;
      connection.add(this.#clock.setTimer(RETRY_MS, () => void this.#connect()));
    }
    this.#notify();
  }

  /**
   * Closes the current source, and tells the followers that there is none. Returns an empty store for the resources of
   * the next connection to the cluster.
   */
  #disconnect(): DisposableStore {
    this.#connection.dispose();
    this.#connection = new DisposableStore();
    const hadSource = this.#source !== undefined;
    this.#source = undefined;
    if (hadSource) this.#notify();
    return this.#connection;
  }

  /**
   * Closes the source and reports the failure to the followers. Does not try again by itself: the failure lasts until
   * the user refreshes a view, or the context gets a new connection to its API server because its kubeconfig has
   * changed.
   */
  #fail(error: unknown): void {
    this.#connection.dispose();
    this.#source = undefined;
    this.#failure = error;
    if (!this.#abort.signal.aborted) this.#notify();
  }

  #noteWhenLoaded(source: RowSource, opened: { loaded(): void }, connection: DisposableStore): void {
    const subscription = connection.add(
      source.onDidChange(() => {
        if (!source.isLoaded) return;
        subscription.dispose();
        connection.add(this.#clock.setTimer(SETTLED_MS, () => opened.loaded()));
      }),
    );
  }

  #notify(): void {
    for (const follower of [...this.#followers]) follower(this.#source, this.#failure);
  }
}

/**
 * Returns a key that is equal for scopes of the same type, context and namespace. The filter and limit of the view are
 * not part of the key.
 */
export function scopeKey(scope: ViewScope): string {
  const namespace = scope.type === 'namespaces' ? '' : scope.namespace;
  return JSON.stringify([scope.type, contextKey(scope.context), namespace]);
}
