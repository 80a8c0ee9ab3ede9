import type { Disposable } from '../base/disposable.ts';
import { CodedError } from '../base/errors.ts';
import type { BoundAddress } from '../kinds/ports.ts';
import type { LocalListener } from '../portforward/listener.ts';
import { type BindOptions, bindLocalPorts } from './bindLocalPorts.ts';

export interface SessionListenerOptions extends Omit<BindOptions, 'signal'> {
  readonly onBound: (addresses: readonly BoundAddress[]) => void;
}

/** A bound local address, and the index of its port in the session's list of local ports. */
export interface BoundPort {
  /** `remotePort` is 0, because only the attempt that serves the connection knows the remote port. */
  readonly address: BoundAddress;
  readonly index: number;
}

/** Local ports that are bound or being bound. */
interface Binding {
  readonly abort: AbortController;
  readonly listeners: Promise<readonly LocalListener[]>;
}

/** Listens on the local ports of a session. The sockets stay open while the session reconnects. */
export class SessionListener implements Disposable {
  readonly #options: SessionListenerOptions;
  #binding: Binding | undefined;
  #bound: readonly BoundPort[] = [];
  #isClosed = false;

  constructor(options: SessionListenerOptions) {
    this.#options = options;
  }

  /** The bound addresses. Empty while not listening. */
  get bound(): readonly BoundPort[] {
    return this.#bound;
  }

  /**
   * Starts listening, unless this object already listens. Resolves when all ports are bound.
   * @throws CodedError the errors of {@link bindLocalPorts}; `STOPPED` after {@link dispose}, or if {@link release} is
   *   called before all ports are bound
   */
  async bind(): Promise<void> {
    if (this.#isClosed) throw new CodedError('STOPPED');
    this.#binding ??= this.#startBinding();
    await this.#binding.listeners;
  }

  /** Stops listening permanently. */
  dispose(): void {
    this.#isClosed = true;
    this.release();
  }

  /** Stops listening until the next {@link bind}. */
  release(): void {
    this.#binding?.abort.abort(new CodedError('STOPPED'));
    this.#binding?.listeners.then(closeAll, () => {});
    this.#binding = undefined;
    this.#bound = [];
  }

  #startBinding(): Binding {
    const abort = new AbortController();
    const binding = { abort, listeners: this.#bindAll(abort.signal) };
    // Forgets a failed binding, so that the next call of `bind` tries again: a port that was in use may be free at that
    // time.
    binding.listeners.catch(() => {
      if (this.#binding === binding) this.#binding = undefined;
    });
    return binding;
  }

  async #bindAll(signal: AbortSignal): Promise<readonly LocalListener[]> {
    const listeners = await bindLocalPorts({ ...this.#options, signal });
    // All ports are closed again if `release` was called while the last port was being bound.
    if (signal.aborted) {
      closeAll(listeners);
      throw signal.reason;
    }
    this.#bound = listeners.flatMap(({ addresses }, index) =>
      addresses.map((address) => ({ address, index })),
    );
    this.#options.onBound(this.#bound.map(({ address }) => address));
    return listeners;
  }
}

function closeAll(listeners: readonly LocalListener[]): void {
  for (const listener of listeners) listener.dispose();
}
