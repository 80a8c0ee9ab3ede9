import { onAbort } from '../base/async.ts';
import { DisposableStore } from '../base/disposable.ts';
import { CodedError, toCoded } from '../base/errors.ts';

type Ending =
  | { readonly type: 'stopping' }
  | { readonly type: 'stopped' }
  | { readonly type: 'failed'; readonly error: CodedError };

/**
 * The base class of a forward or gateway of the library: it starts when it is created, and ends when the
 * program stops it or it fails.
 */
export abstract class Stoppable<Ready> implements AsyncDisposable {
  protected readonly owned = new DisposableStore();
  readonly #ready = Promise.withResolvers<Ready>();
  readonly #stopping = new AbortController();
  /**
   * Settles when the end is complete. Set only once, by the first call of {@link stop} or the first failure.
   */
  #closing: Promise<void> | undefined;

  readonly ready = this.#ready.promise;

  /** Ends what the subclass has started, except the objects in {@link owned}. */
  protected abstract release(): Promise<void>;
  /** Reports a state of the end to the program. No state follows `stopped` or `failed`. */
  protected abstract enter(state: Ending): void;

  async stop(): Promise<void> {
    // A listener of the state `stopping` may call `stop` again. That call must not enter the state again.
    if (!this.#stopping.signal.aborted) {
      this.#stopping.abort(new CodedError('STOPPED'));
      this.enter({ type: 'stopping' });
    }
    await this.#close({ type: 'stopped' });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  /**
   * Starts the forward or gateway. The constructor of the subclass calls this once.
   * @param stop the program's signal to stop
   * @param start is given a signal that is aborted when the forward or gateway is stopped or fails
   */
  protected begin(stop: AbortSignal | undefined, start: (signal: AbortSignal) => Promise<void>): void {
    // A program may use only the state. Then a rejection of `ready` must not be reported as unhandled.
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
