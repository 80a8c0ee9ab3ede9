import { type Disposable, type ScopedDisposable, toDisposable } from './disposable.ts';

interface Entry<V> {
  readonly value: V;
  users: number;
}

/**
 * Values that several parts of the program share, one for each key. A value is created when its first user acquires it,
 * and disposed of when its last user releases it.
 */
export class SharedMap<V extends Disposable> implements Disposable {
  readonly #entries = new Map<string, Entry<V>>();

  get size(): number {
    return this.#entries.size;
  }

  get(key: string): V | undefined {
    return this.#entries.get(key)?.value;
  }

  values(): readonly V[] {
    return [...this.#entries.values()].map(({ value }) => value);
  }

  /**
   * Returns the value of a key. The value stays in use until the caller disposes of the returned object.
   * @param create creates the value if the key has none
   */
  acquire(key: string, create: () => V): ScopedDisposable & { readonly value: V } {
    const entry = this.#entries.get(key) ?? { value: create(), users: 0 };
    this.#entries.set(key, entry);
    entry.users++;
    const release = toDisposable(() => {
      entry.users--;
      if (entry.users > 0 || this.#entries.get(key) !== entry) return;
      this.#entries.delete(key);
      entry.value.dispose();
    });
    return { ...release, value: entry.value };
  }

  /** Disposes of all values, even those in use. */
  dispose(): void {
    const values = this.values();
    this.#entries.clear();
    for (const value of values) value.dispose();
  }
}
