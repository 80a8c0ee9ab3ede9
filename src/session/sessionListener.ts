import type { Disposable } from '../base/disposable.ts';
import { CodedError } from '../base/errors.ts';
import type { BoundAddress } from '../kinds/ports.ts';
import type { LocalListener } from '../portforward/listener.ts';
import { type BindOptions, bindLocalPorts } from './bindLocalPorts.ts';

export interface SessionListenerOptions extends Omit<BindOptions, 'signal'> {
  readonly onBound: (addresses: readonly BoundAddress[]) => void;
}

/** An address that is listened on, and for which of the session's ports. */
export interface BoundPort {
  /** Its remote port is 0: the forward of the time decides. */
  readonly address: BoundAddress;
  readonly index: number;
}

/** What is bound, or about to be. */
interface Binding {
  readonly abort: AbortController;
  readonly listeners: Promise<readonly LocalListener[]>;
}

/** The local ports of a session. It listens once, for as long as the session lasts, whichever forward takes the connections. */
export class SessionListener implements Disposable {
  readonly #options: SessionListenerOptions;
  #binding: Binding | undefined;
  #bound: readonly BoundPort[] = [];
  #isClosed = false;

  constructor(options: SessionListenerOptions) {
    this.#options = options;
  }

  /** What is listened on; empty while nothing is. */
  get bound(): readonly BoundPort[] {
    return this.#bound;
  }

  /** Listens, if it does not yet. @throws CodedError `PORT_IN_USE`, `PORT_NOT_PERMITTED`, `ADDRESS_NOT_AVAILABLE` */
  async bind(): Promise<void> {
    if (this.#isClosed) throw new CodedError('STOPPED');
    this.#binding ??= this.#startBinding();
    await this.#binding.listeners;
  }

  /** Stops listening for good. */
  dispose(): void {
    this.#isClosed = true;
    this.release();
  }

  /** Stops listening. It can be bound again. */
  release(): void {
    this.#binding?.abort.abort(new CodedError('STOPPED'));
    this.#binding?.listeners.then(closeAll, () => {});
    this.#binding = undefined;
    this.#bound = [];
  }

  #startBinding(): Binding {
    const abort = new AbortController();
    const binding = { abort, listeners: this.#bindAll(abort.signal) };
    // A port that was taken may be free when it is asked for the next time.
    binding.listeners.catch(() => {
      if (this.#binding === binding) this.#binding = undefined;
    });
    return binding;
  }

  async #bindAll(signal: AbortSignal): Promise<readonly LocalListener[]> {
    const listeners = await bindLocalPorts({ ...this.#options, signal });
    // Let go of while the last one was being bound.
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
