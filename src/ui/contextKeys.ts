import * as vscode from 'vscode';
import { type Disposable, DisposableStore } from '../base/disposable.ts';
import { CONTEXT_KEYS, type ContextKey, VIEWS } from '../contributions.ts';
import type { ContextReference } from '../rpc/clustersContract.ts';
import type { ContextsModel } from './clusters/contextsModel.ts';
import type { ForwardsModel } from './forwards/forwardsModel.ts';
import type { GatewaysModel } from './gateways/gatewaysModel.ts';
import type { HostConnector } from './host/hostConnector.ts';
import type { SavedForwards } from './saved/savedForwards.ts';

export interface ContextKeySources {
  readonly host: HostConnector;
  readonly contexts: ContextsModel;
  readonly forwards: ForwardsModel;
  readonly gateways: GatewaysModel;
  readonly saved: Pick<SavedForwards, 'forwards' | 'onDidChange'>;
}

/**
 * Keeps VS Code's context keys up to date. The conditions in package.json use these keys to show welcome views and
 * commands.
 */
export class ContextKeys implements Disposable {
  readonly #owned = new DisposableStore();
  readonly #values = new Map<ContextKey, boolean>();
  readonly #contexts: ContextsModel;
  #demo: ContextReference | undefined;

  constructor({ host, contexts, forwards, gateways, saved }: ContextKeySources) {
    this.#contexts = contexts;
    const onContexts = (): void => {
      this.set(CONTEXT_KEYS.hasNoClusters, contexts.state.type === 'known' && contexts.contexts.length === 0);
      this.#setHasDemoCluster();
    };
    const onForwards = (): void => {
      // package.json shows the welcome view while `isLoaded` is set and `hasForwards` is not set. So `isLoaded` is set
      // last. Otherwise, the welcome view would appear for a moment although there are forwards.
      const hasNames = gateways.all.length > 0;
      this.set(CONTEXT_KEYS.hasNames, hasNames);
      this.set(CONTEXT_KEYS.hasForwards, hasNames || forwards.all.length > 0);
      this.set(CONTEXT_KEYS.isLoaded, forwards.isLoaded);
    };
    this.#endLoading();
    // Sets all other context keys to false, because if only the extension host restarts, VS Code keeps their old
    // values.
    for (const key of Object.values(CONTEXT_KEYS)) if (!this.#values.has(key)) this.set(key, false);
    const onSaved = (): void => this.set(CONTEXT_KEYS.hasSavedForwards, saved.forwards.length > 0);
    this.#owned.add(saved.onDidChange(onSaved));
    onSaved();
    this.#owned.add(contexts.onDidChange(onContexts));
    this.#owned.add(forwards.onDidChange(onForwards));
    this.#owned.add(gateways.onDidChange(onForwards));
    // The demo cluster is a child process of the forward host. So if the host ends, the demo cluster has ended as well.
    this.#owned.add(host.onDidLose(() => this.setDemo(undefined)));
  }

  /** Must be called with the context of a demo cluster that has started, and with undefined when it was stopped. */
  setDemo(context: ContextReference | undefined): void {
    this.#demo = context;
    this.#setHasDemoCluster();
  }

  /** Sets a context key of VS Code. Does nothing if the key already has this value. */
  set(key: ContextKey, value: boolean): void {
    if (this.#values.get(key) === value) return;
    this.#values.set(key, value);
    vscode.commands.executeCommand('setContext', key, value).then(undefined, () => {});
  }

  /**
   * Hides the view `loading`, which package.json shows instead of the other views until the extension is activated.
   * Also registers a provider for this view: otherwise VS Code would show the view's progress bar forever, even while
   * the view is hidden.
   */
  #endLoading(): void {
    const provider = { resolveWebviewView: () => {} };
    this.#owned.add(vscode.window.registerWebviewViewProvider(VIEWS.loading, provider));
    this.set(CONTEXT_KEYS.isActivated, true);
  }

  /**
   * Sets the context key `hasDemoCluster`. The key is false if the contexts no longer contain the context of the demo
   * cluster: the cluster has then ended by itself, or another window has stopped it.
   */
  #setHasDemoCluster(): void {
    const { state } = this.#contexts;
    const isGone = (demo: ContextReference) =>
      state.type === 'known' && this.#contexts.find(demo) === undefined;
    this.set(CONTEXT_KEYS.hasDemoCluster, this.#demo !== undefined && !isGone(this.#demo));
  }

  dispose(): void {
    this.#owned.dispose();
  }
}
