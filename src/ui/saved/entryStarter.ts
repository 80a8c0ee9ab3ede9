import type { ContextRow, ForwardSnapshot, ForwardSpecification } from '../../rpc/contract.ts';
import { fromErrorInfo } from '../../rpc/rpcErrors.ts';
import type { ContextsModel } from '../clusters/contextsModel.ts';
import type { ForwardsModel } from '../forwards/forwardsModel.ts';
import type { LastLocalPorts } from '../forwards/lastLocalPorts.ts';
import { readKubeconfigPlaces, readSetting } from '../settings.ts';
import { contextsFor, destinationOf } from './destination.ts';
import type { SavedForward } from './savedForward.ts';
import { toSpecification, type UnnamedEntry } from './toSpecification.ts';

/** Starts forwards from entries. Shows no messages and asks no questions. */
export class EntryStarter {
  readonly #contexts: ContextsModel;
  readonly #forwards: ForwardsModel;
  readonly #ports: LastLocalPorts;

  constructor(contexts: ContextsModel, forwards: ForwardsModel, ports: LastLocalPorts) {
    this.#contexts = contexts;
    this.#forwards = forwards;
    this.#ports = ports;
  }

  /**
   * Creates the specification for the host. Starts a host to get its contexts.
   * @param mayChooseAddress whether the entry is the user's own; others listen on loopback
   * @throws CodedError if the entry names something unknown, or the host cannot be reached
   */
  async specification(entry: UnnamedEntry, mayChooseAddress: boolean): Promise<ForwardSpecification> {
    return this.#specify(entry, mayChooseAddress, await this.#load());
  }

  /** Resolves when the forward is ready or failed. Rejects if it could not be started. */
  async start({ entry, place }: SavedForward): Promise<ForwardSnapshot> {
    const isOwn = place.type === 'user';
    const contexts = contextsFor(place, await this.#load(), readKubeconfigPlaces());
    return this.#forwards.start(this.#specify(entry, isOwn, contexts));
  }

  /** Returns a function for the destination of a saved forward. An approval covers the entry and its destination. */
  async destinations(): Promise<(forward: SavedForward) => unknown> {
    const contexts = await this.#load().catch(() => []);
    const places = readKubeconfigPlaces();
    return (forward) => destinationOf(forward, contexts, places);
  }

  async #load(): Promise<readonly ContextRow[]> {
    const state = await this.#contexts.load();
    if (state.type === 'failed') throw fromErrorInfo(state.error);
    return this.#contexts.contexts;
  }

  #specify(
    entry: UnnamedEntry,
    mayChooseAddress: boolean,
    contexts: readonly ContextRow[],
  ): ForwardSpecification {
    return toSpecification(entry, {
      contexts,
      transport: readSetting('transport'),
      bindAddress: mayChooseAddress ? readSetting('bindAddress') : undefined,
      lastLocalPort: (target, remotePort) => this.#ports.of(target, remotePort),
    });
  }
}
