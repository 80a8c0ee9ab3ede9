import { type Disposable, DisposableStore } from '../../base/disposable.ts';
import { Emitter } from '../../base/event.ts';
import {
  type ContextReference,
  type ContextRow,
  type ContextsSnapshot,
  contextsChanged,
  type ErrorInfo,
  listContexts,
  setKubeconfigFiles,
} from '../../rpc/contract.ts';
import { toErrorInfo } from '../host/hostError.ts';
import type { HostSession } from '../host/hostSession.ts';

export type ContextsState =
  | { readonly type: 'unknown' }
  | { readonly type: 'known'; readonly snapshot: ContextsSnapshot }
  /** The host could not be asked. */
  | { readonly type: 'failed'; readonly error: ErrorInfo };

/** The contexts of every kubeconfig, kept as the host tells them. */
export class ContextsModel implements Disposable {
  readonly #session: HostSession;
  readonly #owned = new DisposableStore();
  readonly #changed = this.#owned.add(new Emitter<void>());
  #state: ContextsState = { type: 'unknown' };

  readonly onDidChange = this.#changed.event;

  constructor(session: HostSession) {
    this.#session = session;
    this.#owned.add(
      session.onNotification(contextsChanged, (snapshot) => this.#set({ type: 'known', snapshot })),
    );
    this.#owned.add(
      session.onDidConnect(() => {
        // A host tells changes only to those who asked once.
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
    return this.contexts.find(
      (row) => row.context === reference.context && row.kubeconfig === reference.kubeconfig,
    );
  }

  /** Asks the host, which is started where there is none. A failure is a state. */
  async load(): Promise<ContextsState> {
    try {
      this.#set({ type: 'known', snapshot: await this.#session.request(listContexts) });
    } catch (error) {
      this.#set({ type: 'failed', error: toErrorInfo(error) });
    }
    return this.#state;
  }

  /** The setting changed: a host that is there hears of it, another gets it when it is asked first. */
  async setFiles(files: readonly string[]): Promise<void> {
    if (!this.#session.isConnected) return;
    await this.#session.request(setKubeconfigFiles, { files });
  }

  dispose(): void {
    this.#owned.dispose();
  }

  #set(state: ContextsState): void {
    this.#state = state;
    this.#changed.fire();
  }
}
