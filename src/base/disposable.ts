/** Holds a resource until `dispose` is called. Calling `dispose` again does nothing. */
export interface Disposable {
  /** Releases the resource. */
  dispose(): void;
}

/** A {@link Disposable} for `using`, which disposes of it at the end of the block. */
export interface ScopedDisposable extends Disposable {
  [Symbol.dispose](): void;
}

/** Makes a {@link Disposable} out of a function that is called at most once. */
export function toDisposable(release: () => void): ScopedDisposable {
  let isDisposed = false;
  const dispose = () => {
    if (isDisposed) return;
    isDisposed = true;
    release();
  };
  return { dispose, [Symbol.dispose]: dispose };
}

/** Owns disposables and disposes of them together, last one first. An object that is added after that is disposed of at once. */
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
