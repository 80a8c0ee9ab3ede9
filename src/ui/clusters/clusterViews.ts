import { raceAbort } from '../../base/async.ts';
import { type Disposable, DisposableStore } from '../../base/disposable.ts';
import { Emitter } from '../../base/event.ts';
import {
  closeView,
  openView,
  refreshView,
  type ViewScope,
  type ViewSnapshot,
  viewChanged,
} from '../../rpc/contract.ts';
import { toErrorInfo } from '../host/hostError.ts';
import type { HostSession } from '../host/hostSession.ts';

interface OpenView {
  readonly viewId: number;
  readonly scope: ViewScope;
  /** Stays while the host is asked again, so that rows do not vanish for that moment. */
  readonly snapshot?: ViewSnapshot;
}

/**
 * What this window looks at in its clusters. Each view has a key of its owner's choice, and is watched by the host for as
 * long as it is open here; a new host is asked for all that is open.
 */
export class ClusterViews implements Disposable {
  readonly #session: HostSession;
  readonly #owned = new DisposableStore();
  readonly #changed = this.#owned.add(new Emitter<string>());
  readonly #views = new Map<string, OpenView>();
  readonly #keys = new Map<number, string>();
  #lastViewId = 0;

  /** Fires with the key of a view whose snapshot is a new one, or which was closed. */
  readonly onDidChange = this.#changed.event;

  constructor(session: HostSession) {
    this.#session = session;
    this.#owned.add(session.onNotification(viewChanged, (snapshot) => this.#onSnapshot(snapshot)));
    this.#owned.add(
      session.onDidConnect(() => {
        for (const view of this.#views.values()) this.#ask(view);
      }),
    );
  }

  /** Opens a view, or changes what an open one looks at. The same again does nothing. */
  open(key: string, scope: ViewScope): void {
    const known = this.#views.get(key);
    if (known !== undefined && isSameScope(known.scope, scope)) return;
    const viewId = known?.viewId ?? ++this.#lastViewId;
    const view = { ...known, viewId, scope };
    this.#views.set(key, view);
    this.#keys.set(viewId, key);
    this.#ask(view);
  }

  close(key: string): void {
    const view = this.#views.get(key);
    if (view === undefined) return;
    this.#views.delete(key);
    this.#keys.delete(view.viewId);
    this.#changed.fire(key);
    // Where there is no host there is nothing to close; one that just ended has nothing open either.
    if (this.#session.isConnected) {
      this.#session.request(closeView, { viewId: view.viewId }).catch(() => {});
    }
  }

  isOpen(key: string): boolean {
    return this.#views.has(key);
  }

  snapshot(key: string): ViewSnapshot | undefined {
    return this.#views.get(key)?.snapshot;
  }

  /** Lists again: a refresh, or another try after a failure. */
  refresh(key: string): void {
    const view = this.#views.get(key);
    if (view === undefined) return;
    // The host knows nothing of a view that was kept back.
    const isUnknown = view.snapshot?.error?.code === 'PLUGIN_NOT_ALLOWED';
    if (!this.#session.isConnected || isUnknown) return this.#ask(view);
    this.#session
      .request(refreshView, { viewId: view.viewId })
      .catch((error) => this.#onFailure(view.viewId, error));
  }

  /** Resolves once an open view has rows to show, its list is complete, or it failed; undefined where it was closed. */
  async whenShown(key: string, signal: AbortSignal): Promise<ViewSnapshot | undefined> {
    const { promise, resolve } = Promise.withResolvers<ViewSnapshot | undefined>();
    const check = (): void => {
      const view = this.#views.get(key);
      if (view === undefined) resolve(undefined);
      else if (view.snapshot !== undefined && isShown(view.snapshot)) resolve(view.snapshot);
    };
    const subscription = this.#changed.event((changed) => {
      if (changed === key) check();
    });
    try {
      check();
      return await raceAbort(promise, signal);
    } finally {
      subscription.dispose();
    }
  }

  dispose(): void {
    this.#owned.dispose();
    this.#views.clear();
    this.#keys.clear();
  }

  /** Once there is a host, it is asked for every open view: this one needs no request of its own then. */
  #ask({ viewId, scope }: OpenView): void {
    const asked = this.#session.isConnected
      ? this.#session.request(openView, { viewId, scope })
      : this.#session.connect();
    asked.catch((error) => this.#onFailure(viewId, error));
  }

  #onFailure(viewId: number, error: unknown): void {
    const last = this.#views.get(this.#keys.get(viewId) ?? '')?.snapshot;
    this.#onSnapshot({
      viewId,
      rows: last?.rows ?? [],
      matching: last?.matching ?? 0,
      total: last?.total ?? 0,
      isLoaded: last?.isLoaded ?? false,
      error: toErrorInfo(error),
    });
  }

  #onSnapshot(snapshot: ViewSnapshot): void {
    const key = this.#keys.get(snapshot.viewId);
    const view = key === undefined ? undefined : this.#views.get(key);
    if (key === undefined || view === undefined) return;
    this.#views.set(key, { ...view, snapshot });
    this.#changed.fire(key);
  }
}

/** Whether there is something to show in place of a progress bar. */
function isShown(snapshot: ViewSnapshot): boolean {
  return snapshot.isLoaded || snapshot.rows.length > 0 || snapshot.error !== undefined;
}

function isSameScope(a: ViewScope, b: ViewScope): boolean {
  if (a.type !== b.type || !isSameContext(a, b)) return false;
  if (a.type === 'namespaces' || b.type === 'namespaces') return true;
  return a.namespace === b.namespace && (a.filter ?? '') === (b.filter ?? '') && a.limit === b.limit;
}

function isSameContext(a: ViewScope, b: ViewScope): boolean {
  return a.context.context === b.context.context && a.context.kubeconfig === b.context.kubeconfig;
}
