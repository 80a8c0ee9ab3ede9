/** Holds a resource until `dispose` is called. Calling `dispose` again does nothing. */
export interface Disposable {
  /** Releases the resource. */
  dispose(): void;
}

/** A {@link Disposable} that a `using` declaration disposes of at the end of its block. */
export interface ScopedDisposable extends Disposable {
  [Symbol.dispose](): void;
}

/** Returns a {@link Disposable} that calls `release` at most once. */
export function toDisposable(release: () => void): ScopedDisposable {
  let isDisposed = false;
  const dispose = () => {
    if (isDisposed) return;
    isDisposed = true;
    release();
  };
  return { dispose, [Symbol.dispose]: dispose };
}

/**
 * Owns disposables and disposes of all of them together, in reverse order. An object that is added to a disposed store
 * is disposed of at once.
 */
export class DisposableStore implements ScopedDisposable {
  #owned: Disposable[] = [];
  #isDisposed = false;

  get isDisposed(): boolean {
    return this.#isDisposed;
  }

  /** Takes ownership of the object and returns it. */
  add<T extends Disposable>(disposable: T): T {
    if (this.#isDisposed) disposable.dispose();
    else this.#owned.push(disposable);
    return disposable;
  }

  dispose(): void {
    this.#isDisposed = true;
    const owned = this.#owned;
    this.#owned = [];
    for (const disposable of owned.reverse()) disposable.dispose();
  }

  [Symbol.dispose](): void {
    this.dispose();
  }
}
