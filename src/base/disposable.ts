/** Something that holds a resource until it is told to let go. Calling `dispose` twice is the same as once. */
export interface Disposable {
  dispose(): void;
}

/** Makes a {@link Disposable} out of a function that is called at most once. */
export function toDisposable(release: () => void): Disposable {
  let isDisposed = false;
  return {
    dispose() {
      if (isDisposed) return;
      isDisposed = true;
      release();
    },
  };
}

/** Owns disposables and ends them together, last one first. What is added after its own end is ended at once. */
export class DisposableStore implements Disposable {
  #owned: Disposable[] = [];
  #isDisposed = false;

  get isDisposed(): boolean {
    return this.#isDisposed;
  }

  /** Takes ownership and hands the same object back. */
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
}
