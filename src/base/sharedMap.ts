import { type Disposable, type ScopedDisposable, toDisposable } from './disposable.ts';

interface Entry<V> {
  readonly value: V;
  users: number;
}

/**
 * Values that several users share by key. Each value is created for its first user, and disposed of after its last
 * user.
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
   * Returns the value of a key, which stays in use until the returned object is disposed of.
   * @param create creates the value for its first user
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
