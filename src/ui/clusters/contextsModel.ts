import { type Disposable, DisposableStore } from '../../base/disposable.ts';
import { Emitter } from '../../base/event.ts';
import {
  type ContextReference,
  type ContextRow,
  type ContextsProblem,
  type ContextsSnapshot,
  contextsChanged,
  isSameContext,
  listContexts,
  setKubeconfigFiles,
} from '../../rpc/clustersContract.ts';
import type { ErrorInfo } from '../../rpc/messages.ts';
import { fromErrorInfo, toErrorInfo } from '../../rpc/rpcErrors.ts';
import type { HostConnector } from '../host/hostConnector.ts';

export type ContextsState =
  | { readonly type: 'unknown' }
  | { readonly type: 'known'; readonly snapshot: ContextsSnapshot }
  /** The host could not be reached, or could not list the contexts. */
  | { readonly type: 'failed'; readonly error: ErrorInfo };

/** The contexts of all kubeconfigs. The host reports changes. */
export class ContextsModel implements Disposable {
  readonly #host: HostConnector;
  readonly #owned = new DisposableStore();
  readonly #changed = this.#owned.add(new Emitter<void>());
  #state: ContextsState = { type: 'unknown' };

  readonly onDidChange = this.#changed.event;

  constructor(host: HostConnector) {
    this.#host = host;
    this.#owned.add(
      host.onNotification(contextsChanged, (snapshot) => this.#set({ type: 'known', snapshot })),
    );
    this.#owned.add(
      host.onDidConnect(() => {
        // A host reports changes of the contexts only to those windows and terminals that have requested the contexts.
        // So if this window has requested them from an earlier host, it requests them from the new host too.
        if (this.#state.type !== 'unknown') this.load().catch(() => {});
      }),
    );
  }

  get state(): ContextsState {
    return this.#state;
  }

  get contexts(): readonly ContextRow[] {
    return this.#state.type === 'known' ? this.#state.snapshot.contexts : [];
  }

  /** The kubeconfigs that cannot be read or that contain an invalid entry. */
  get problems(): readonly ContextsProblem[] {
    return this.#state.type === 'known' ? this.#state.snapshot.problems : [];
  }

  find(reference: ContextReference): ContextRow | undefined {
    return this.contexts.find((row) => isSameContext(row, reference));
  }

  /** Requests the contexts, and starts a host if none runs. Never rejects: an error becomes the state `failed`. */
  async load(): Promise<ContextsState> {
    try {
      this.#set({ type: 'known', snapshot: await this.#host.request(listContexts) });
    } catch (error) {
      this.#set({ type: 'failed', error: toErrorInfo(error) });
    }
    return this.#state;
  }

  /**
   * Requests the contexts again, and fires `onDidChange` only if they have changed. Never rejects: after an error, the
   * contexts stay as they are.
   */
  async update(): Promise<void> {
    const snapshot = await this.#host.request(listContexts).catch(() => undefined);
    const before = this.#state.type === 'known' ? this.#state.snapshot : undefined;
    if (snapshot === undefined || JSON.stringify(snapshot) === JSON.stringify(before)) return;
    this.#set({ type: 'known', snapshot });
  }

  /**
   * Like {@link load}, but returns the contexts.
   * @throws CodedError if the host cannot be reached or cannot list the contexts
   */
  async list(): Promise<readonly ContextRow[]> {
    const state = await this.load();
    if (state.type === 'failed') throw fromErrorInfo(state.error);
    return this.contexts;
  }

  /**
   * Must be called after the setting `kubeconfigFiles` has changed: sends the new list of files to the host. If no host
   * is connected, does nothing, because the window sends the list whenever it connects to a host.
   */
  async setFiles(files: readonly string[]): Promise<void> {
    if (!this.#host.isConnected) return;
    await this.#host.request(setKubeconfigFiles, { files });
  }

  dispose(): void {
    this.#owned.dispose();
  }

  #set(state: ContextsState): void {
    this.#state = state;
    this.#changed.fire();
  }
}
