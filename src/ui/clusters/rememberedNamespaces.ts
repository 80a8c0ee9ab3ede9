import type { Disposable } from '../../base/disposable.ts';
import { Emitter } from '../../base/event.ts';
import { type ContextReference, contextKey } from '../../rpc/clustersContract.ts';
import { compareNames } from './clusterNodes.ts';

/** A small store that keeps its values after the window has closed: `vscode.Memento`, or a map in tests. */
export interface KeyValueStore {
  get<T>(key: string, defaultValue: T): T;
  update(key: string, value: unknown): PromiseLike<void>;
}

const KEY = 'namespaces';

/**
 * For each context, the namespaces that the user added by typing their names. VS Code stores them on this machine; the
 * cluster and the kubeconfig stay unchanged.
 */
export class RememberedNamespaces implements Disposable {
  readonly #store: KeyValueStore;
  readonly #changed = new Emitter<ContextReference>();

  readonly onDidChange = this.#changed.event;

  constructor(store: KeyValueStore) {
    this.#store = store;
  }

  of(context: ContextReference): readonly string[] {
    return this.#all()[contextKey(context)] ?? [];
  }

  async add(context: ContextReference, namespace: string): Promise<void> {
    await this.#set(context, [...new Set([...this.of(context), namespace])].sort(compareNames));
  }

  async remove(context: ContextReference, namespace: string): Promise<void> {
    await this.#set(
      context,
      this.of(context).filter((name) => name !== namespace),
    );
  }

  dispose(): void {
    this.#changed.dispose();
  }

  async #set(context: ContextReference, names: readonly string[]): Promise<void> {
    await this.#store.update(KEY, { ...this.#all(), [contextKey(context)]: names });
    this.#changed.fire(context);
  }

  #all(): Readonly<Record<string, readonly string[]>> {
    return this.#store.get(KEY, {});
  }
}
