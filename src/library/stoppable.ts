import { onAbort } from '../base/async.ts';
import { DisposableStore } from '../base/disposable.ts';
import { CodedError, toCoded } from '../base/errors.ts';

type Ending =
  | { readonly type: 'stopping' }
  | { readonly type: 'stopped' }
  | { readonly type: 'failed'; readonly error: CodedError };

/**
 * The base class of the library's forwards and gateways. A forward or gateway starts when it is created.
 * It ends when the program stops it, or when it fails.
 */
export abstract class Stoppable<Ready> implements AsyncDisposable {
  protected readonly owned = new DisposableStore();
  readonly #ready = Promise.withResolvers<Ready>();
  readonly #stopping = new AbortController();
  /**
   * Settles when the forward or gateway has ended completely. Created by the first failure or call of {@link stop}.
   * Later calls of `stop` await the same promise.
   */
  #closing: Promise<void> | undefined;

  readonly ready = this.#ready.promise;

  /**
   * Called when the forward or gateway ends. The subclass ends everything that it has started, except the objects in
   * {@link owned}: this class disposes of them afterwards.
   */
  protected abstract release(): Promise<void>;
  /**
   * Called when the state of the forward or gateway becomes `stopping`, `stopped` or `failed`. The subclass reports
   * this state to the program. No state follows `stopped` or `failed`.
   */
  protected abstract enter(state: Ending): void;

  async stop(): Promise<void> {
    // A listener of the program may call `stop` again when it is told that the state is `stopping`. Because of this
    // check, the program is told only once.
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
   * Starts the forward or gateway. The constructor of the subclass calls this once. If `start` rejects,
   * the forward or gateway fails.
   * @param stop the program's signal to stop
   * @param start is given a signal that is aborted when the forward or gateway is stopped or fails
   */
  protected begin(stop: AbortSignal | undefined, start: (signal: AbortSignal) => Promise<void>): void {
    // A program need not await `ready`. Without this handler, a rejection would then be reported as
    // unhandled.
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
