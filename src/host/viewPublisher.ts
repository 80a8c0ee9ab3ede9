import type { Clock } from '../base/async.ts';
import { type Disposable, DisposableStore, toDisposable } from '../base/disposable.ts';
import { CodedError } from '../base/errors.ts';
import type { Row, ViewScope, ViewSnapshot } from '../rpc/clustersContract.ts';
import { toErrorInfo } from '../rpc/rpcErrors.ts';
import type { RowSources } from './rowSources.ts';
import { scopeKey } from './rowSources.ts';
import type { RowSource } from './watchedRows.ts';

export interface ClusterViewsOptions {
  readonly sources: Pick<RowSources, 'follow' | 'refresh' | 'setScope'>;
  readonly clock: Clock;
  readonly onChange: (snapshot: ViewSnapshot) => void;
}

/**
 * Minimum time between two snapshots of the same view, in milliseconds. Changes within this time are sent in one
 * snapshot.
 */
const BATCH_MS = 100;

/**
 * The maximum size of the rows in one message, in characters of JSON: enough for thousands of ordinary rows. The
 * remaining rows are not sent.
 */
const ROWS_LIMIT = 2_000_000;

/** The open views (lists of pods and other objects) of one client. Disposing closes all of them. */
export class ViewPublisher implements Disposable {
  readonly #options: ClusterViewsOptions;
  readonly #views = new Map<number, ClusterView>();

  constructor(options: ClusterViewsOptions) {
    this.#options = options;
  }

  /**
   * Opens a view with the given id, which shows the objects of `scope`. If the view is open already, changes its scope.
   */
  open(viewId: number, scope: ViewScope): void {
    const known = this.#views.get(viewId);
    if (known?.hasSameSource(scope)) return known.changeScope(scope);
    const view = new ClusterView(viewId, scope, this.#options);
    this.#views.set(viewId, view);
    // Disposes of the old view only after the new view follows its source. In the other order, a source that both views
    // use would be closed and created again.
    known?.dispose();
  }

  close(viewId: number): void {
    this.#views.get(viewId)?.dispose();
    this.#views.delete(viewId);
  }

  /**
   * Lists the objects of a view again.
   * @throws CodedError `VIEW_NOT_FOUND`, `CREDENTIALS_FAILED`, the errors of kubeconfigs
   */
  async refresh(viewId: number, signal: AbortSignal): Promise<void> {
    const view = this.#views.get(viewId);
    if (view === undefined) throw new CodedError('VIEW_NOT_FOUND', { viewId });
    await view.refresh(signal);
  }

  dispose(): void {
    for (const view of this.#views.values()) view.dispose();
    this.#views.clear();
  }
}

/** One view. Follows a source of rows, which other views may share, and sends the rows to the client in batches. */
class ClusterView implements Disposable {
  readonly #viewId: number;
  readonly #options: ClusterViewsOptions;
  readonly #owned = new DisposableStore();
  #scope: ViewScope;
  #source: RowSource | undefined;
  #failure: unknown;
  #batch: Disposable | undefined;
  #isDirty = false;
  #lastPublished = '';

  constructor(viewId: number, scope: ViewScope, options: ClusterViewsOptions) {
    this.#viewId = viewId;
    this.#scope = scope;
    this.#options = options;
    this.#owned.add(toDisposable(() => this.#batch?.dispose()));
    this.#owned.add(
      options.sources.follow(scope, (source, failure) => {
        this.#source = source;
        this.#failure = failure;
        this.#change();
      }),
    );
  }

  hasSameSource(scope: ViewScope): boolean {
    return scopeKey(scope) === scopeKey(this.#scope);
  }

  changeScope(scope: ViewScope): void {
    this.#scope = scope;
    this.#options.sources.setScope(scope);
    // Forgets the last snapshot, because a snapshot that equals it is not sent. If the new scope gives the same
    // snapshot, the client would otherwise wait for it forever.
    this.#lastPublished = '';
    this.#batch?.dispose();
    this.#batch = undefined;
    this.#change();
  }

  async refresh(signal: AbortSignal): Promise<void> {
    await this.#options.sources.refresh(this.#scope, signal);
  }

  dispose(): void {
    this.#owned.dispose();
  }

  /**
   * Sends a change immediately, or {@link BATCH_MS} after the previous change was sent. Waits at most {@link BATCH_MS}
   * for the first list to be complete, so that the window does not draw the first row and the other rows separately.
   */
  #change(): void {
    this.#isDirty = true;
    if (this.#owned.isDisposed) return;
    const isFirst = this.#lastPublished === '';
    if (isFirst && this.#isComingIn) this.#batch ??= this.#nextBatch();
    else if (isFirst || this.#batch === undefined) this.#flush();
  }

  get #isComingIn(): boolean {
    if (this.#failure !== undefined) return false;
    return this.#source === undefined || !(this.#source.isLoaded || this.#source.error !== undefined);
  }

  #nextBatch(): Disposable {
    return this.#options.clock.setTimer(BATCH_MS, () => {
      this.#batch = undefined;
      if (this.#isDirty) this.#flush();
    });
  }

  #flush(): void {
    this.#batch?.dispose();
    this.#batch = undefined;
    this.#isDirty = false;
    if (this.#publish()) this.#batch = this.#nextBatch();
  }

  /**
   * Sends the snapshot and returns true. Sends nothing and returns false if the snapshot equals the last one, or if the
   * first list has no rows yet.
   */
  #publish(): boolean {
    const snapshot = this.#snapshotOrFailure();
    if (this.#lastPublished === '' && this.#isComingIn && snapshot.rows.length === 0) return false;
    const text = JSON.stringify(snapshot);
    if (text === this.#lastPublished) return false;
    this.#lastPublished = text;
    this.#options.onChange(snapshot);
    return true;
  }

  /**
   * Returns the snapshot of the view. If creating it throws, returns an empty snapshot with this error, because an
   * exception in a timer would end the process with all forwards.
   */
  #snapshotOrFailure(): ViewSnapshot {
    try {
      return this.#snapshot();
    } catch (error) {
      const { isLoaded = false } = this.#source ?? {};
      return {
        viewId: this.#viewId,
        rows: [],
        matching: 0,
        total: 0,
        isLoaded,
        error: toErrorInfo(error),
      };
    }
  }

  #snapshot(): ViewSnapshot {
    const rows = this.#source?.rows ?? [];
    const { filter = '', limit } = limitsOf(this.#scope);
    // The names of the listed objects are lowercase, so a filter with capital letters would find nothing.
    const wanted = filter.toLowerCase();
    const matching = wanted === '' ? rows : rows.filter(({ name }) => name.includes(wanted));
    const error = this.#failure ?? this.#source?.error;
    return {
      viewId: this.#viewId,
      rows: firstRows(matching, limit),
      matching: matching.length,
      total: rows.length,
      isLoaded: this.#source?.isLoaded ?? false,
      ...(error !== undefined && { error: toErrorInfo(error) }),
    };
  }
}

/** Returns the first rows: at most `limit` rows and at most {@link ROWS_LIMIT} characters. */
function firstRows(rows: readonly Row[], limit: number): readonly Row[] {
  const first: Row[] = [];
  let size = 0;
  for (const row of rows) {
    size += JSON.stringify(row).length;
    if (first.length === limit || size > ROWS_LIMIT) break;
    first.push(row);
  }
  return first;
}

function limitsOf(scope: ViewScope): { readonly filter?: string; readonly limit: number } {
  return scope.type === 'namespaces' ? { limit: Number.POSITIVE_INFINITY } : scope;
}
