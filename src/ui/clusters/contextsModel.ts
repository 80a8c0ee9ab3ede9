import { type Disposable, DisposableStore } from '../../base/disposable.ts';
import { Emitter } from '../../base/event.ts';
import {
  type ContextReference,
  type ContextRow,
  type ContextsSnapshot,
  contextsChanged,
  type ErrorInfo,
  isSameContext,
  listContexts,
  setKubeconfigFiles,
} from '../../rpc/contract.ts';
import { toErrorInfo } from '../../rpc/rpcErrors.ts';
import type { HostConnector } from '../host/hostConnector.ts';

export type ContextsState =
  | { readonly type: 'unknown' }
  | { readonly type: 'known'; readonly snapshot: ContextsSnapshot }
  /** The host could not be reached. */
  | { readonly type: 'failed'; readonly error: ErrorInfo };

/** The contexts of every kubeconfig, updated by the host. */
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
        // A host sends changes only to clients that have requested the contexts.
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

  find(reference: ContextReference): ContextRow | undefined {
    return this.contexts.find((row) => isSameContext(row, reference));
  }

  /** Requests the contexts, and starts a host if none runs. Never rejects: a failure is a state. */
  async load(): Promise<ContextsState> {
    try {
      this.#set({ type: 'known', snapshot: await this.#host.request(listContexts) });
    } catch (error) {
      this.#set({ type: 'failed', error: toErrorInfo(error) });
    }
    return this.#state;
  }

  /** Applies the changed setting: now if a host is connected, otherwise with the first request. */
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
