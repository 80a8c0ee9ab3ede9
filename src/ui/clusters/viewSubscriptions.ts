import { type Disposable, DisposableStore } from '../../base/disposable.ts';
import { isPermissionProblem } from '../../base/errors.ts';
import { Emitter, until } from '../../base/event.ts';
import {
  closeView,
  isSameContext,
  openView,
  refreshView,
  type ViewScope,
  type ViewSnapshot,
  viewChanged,
} from '../../rpc/clustersContract.ts';
import { toErrorInfo } from '../../rpc/rpcErrors.ts';
import type { HostConnector } from '../host/hostConnector.ts';

interface OpenView {
  readonly viewId: number;
  readonly scope: ViewScope;
  /**
   * The last snapshot of the view. It is kept while a request for new rows waits for its response, so that the rows do
   * not disappear.
   */
  readonly snapshot?: ViewSnapshot;
}

/**
 * The views that this window has opened in the host. For each view, the host lists and watches a part of a cluster,
 * such as the pods of a namespace. The caller chooses a key for each view. When the window connects to a new host, this
 * object opens all its views there again.
 */
export class ViewSubscriptions implements Disposable {
  readonly #host: HostConnector;
  readonly #owned = new DisposableStore();
  readonly #changed = this.#owned.add(new Emitter<string>());
  readonly #views = new Map<string, OpenView>();
  readonly #keys = new Map<number, string>();
  #lastViewId = 0;

  /** Fires with the key of a view that has a new snapshot or was closed. */
  readonly onDidChange = this.#changed.event;

  constructor(host: HostConnector) {
    this.#host = host;
    this.#owned.add(host.onNotification(viewChanged, (snapshot) => this.#onSnapshot(snapshot)));
    this.#owned.add(
      host.onDidConnect(() => {
        for (const view of this.#views.values()) this.#ask(view);
      }),
    );
  }

  /**
   * Opens a view. If the view is already open, changes its scope, which says what part of the cluster the view shows.
   * Does nothing if the scope is the same.
   */
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
    this.#closeInHost(view.viewId);
  }

  isOpen(key: string): boolean {
    return this.#views.has(key);
  }

  snapshot(key: string): ViewSnapshot | undefined {
    return this.#views.get(key)?.snapshot;
  }

  /** Requests the rows of a view again, to update them or to retry after an error. */
  refresh(key: string): void {
    const view = this.#views.get(key);
    if (view === undefined) return;
    // If the user has not allowed the plugin or token file, the host does not know the view, because the request to
    // open the view was never sent. So the view is opened now instead of refreshed.
    const isUnknown = isPermissionProblem(view.snapshot?.error?.code);
    if (!this.#host.isConnected || isUnknown) return this.#ask(view);
    this.#host.request(refreshView, { viewId: view.viewId }).catch((error) => {
      if (toErrorInfo(error).code !== 'VIEW_NOT_FOUND') return this.#onFailure(view.viewId, error);
      // The host does not know the view yet, because the request to open the view waits until the user has allowed a
      // plugin or token file. So this code requests again to open the view. This second request waits for the same
      // answer of the user.
      const known = this.#views.get(key);
      if (known !== undefined) this.#ask(known);
    });
  }

  /**
   * Waits until an open view has rows, is known to be empty, or has failed, and resolves with its snapshot. Resolves
   * with undefined if the view was closed.
   */
  async whenShown(key: string, signal: AbortSignal): Promise<ViewSnapshot | undefined> {
    const isSettled = () => {
      const snapshot = this.snapshot(key);
      return !this.isOpen(key) || (snapshot !== undefined && isShown(snapshot));
    };
    await until(this.onDidChange, isSettled, signal);
    return this.snapshot(key);
  }

  dispose(): void {
    this.#owned.dispose();
    this.#views.clear();
    this.#keys.clear();
  }

  /**
   * Asks the host to open a view or to change its scope. If no host is connected, only connects to a host: when the
   * window is connected, the callback of `onDidConnect` asks the host for all open views, including this view.
   */
  #ask({ viewId, scope }: OpenView): void {
    const asked = this.#host.isConnected
      ? this.#host.request(openView, { viewId, scope }).then(() => {
          // If the user was asked to allow a plugin, the request `openView` was sent only after the answer. If the view
          // was closed meanwhile, `closeView` arrived in the host before `openView`. So the view must be closed again.
          if (!this.#keys.has(viewId)) this.#closeInHost(viewId);
        })
      : this.#host.connect();
    asked.catch((error) => this.#onFailure(viewId, error));
  }

  /**
   * Sends no request if no host is connected: when the connection to the host ended, the host closed all views of this
   * window. Ignores an error of the request, because it means that the host has ended and no longer watches the view.
   */
  #closeInHost(viewId: number): void {
    if (this.#host.isConnected) this.#host.request(closeView, { viewId }).catch(() => {});
  }

  #onFailure(viewId: number, error: unknown): void {
    const last = this.#views.get(this.#keys.get(viewId) ?? '')?.snapshot;
    const { rows = [], matching = 0, total = 0, isLoaded = false } = last ?? {};
    this.#onSnapshot({ viewId, rows, matching, total, isLoaded, error: toErrorInfo(error) });
  }

  #onSnapshot(snapshot: ViewSnapshot): void {
    const key = this.#keys.get(snapshot.viewId);
    const view = key === undefined ? undefined : this.#views.get(key);
    if (key === undefined || view === undefined) return;
    this.#views.set(key, { ...view, snapshot });
    this.#changed.fire(key);
  }
}

/**
 * Whether the view has something to show: rows, an error, or the message that it is empty. While the view has nothing
 * to show, the tree shows progress.
 */
function isShown(snapshot: ViewSnapshot): boolean {
  return snapshot.isLoaded || snapshot.rows.length > 0 || snapshot.error !== undefined;
}

function isSameScope(a: ViewScope, b: ViewScope): boolean {
  if (a.type !== b.type || !isSameContext(a.context, b.context)) return false;
  if (a.type === 'namespaces' || b.type === 'namespaces') return true;
  return a.namespace === b.namespace && (a.filter ?? '') === (b.filter ?? '') && a.limit === b.limit;
}
