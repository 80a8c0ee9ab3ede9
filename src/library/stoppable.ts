import { onAbort } from '../base/async.ts';
import { DisposableStore } from '../base/disposable.ts';
import { CodedError, toCoded } from '../base/errors.ts';

type Ending =
  | { readonly type: 'stopping' }
  | { readonly type: 'stopped' }
  | { readonly type: 'failed'; readonly error: CodedError };

/** What a program starts, and what lasts until the program stops it or it fails. */
export abstract class Stoppable<Ready> implements AsyncDisposable {
  protected readonly owned = new DisposableStore();
  readonly #ready = Promise.withResolvers<Ready>();
  readonly #stopping = new AbortController();
  /** Set once, by the first reason to close. */
  #closing: Promise<void> | undefined;

  readonly ready = this.#ready.promise;

  /** Releases everything apart from {@link owned}. */
  protected abstract release(): Promise<void>;
  /** Tells the program of a state at the end. Nothing follows `stopped` and `failed`. */
  protected abstract enter(state: Ending): void;

  async stop(): Promise<void> {
    // A listener of the state may stop again.
    if (!this.#stopping.signal.aborted) {
      this.#stopping.abort(new CodedError('STOPPED'));
      this.enter({ type: 'stopping' });
    }
    await this.#close({ type: 'stopped' });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  /** Called once, by the constructor. @param start is given a signal that is aborted when the start is over */
  protected begin(stop: AbortSignal | undefined, start: (signal: AbortSignal) => Promise<void>): void {
    // A program may use the state only, so a rejected `ready` must not count as unhandled.
    this.ready.catch(() => {});
    if (stop !== undefined) this.owned.add(onAbort(stop, () => void this.stop()));
    start(this.#stopping.signal).catch((error: unknown) => this.fail(toCoded(error)));
  }

  protected isReady(value: Ready): void {
    this.#ready.resolve(value);
  }

  protected fail(error: CodedError): void {
    if (this.#stopping.signal.aborted) return;
    this.#stopping.abort(error);
    void this.#close({ type: 'failed', error });
  }

  #close(end: Ending): Promise<void> {
    this.#closing ??= this.#release(end);
    return this.#closing;
  }

  async #release(end: Ending): Promise<void> {
    await this.release();
    this.owned.dispose();
    this.enter(end);
    this.#ready.reject(this.#stopping.signal.reason);
  }
}
