import { CodedError } from '../../base/errors.ts';
import type { ContextRow, ForwardSnapshot, ForwardSpecification } from '../../rpc/contract.ts';
import type { ContextsModel } from '../clusters/contextsModel.ts';
import type { ForwardsModel } from '../forwards/forwardsModel.ts';
import type { LastLocalPorts } from '../forwards/lastLocalPorts.ts';
import { readKubeconfigPlaces, readSetting } from '../settings.ts';
import { contextsFor, destinationOf } from './destination.ts';
import type { SavedForward } from './savedForward.ts';
import { toSpecification, type UnnamedEntry } from './toSpecification.ts';

/** From entries to forwards. Nothing is asked or said here. */
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
   * What to ask the host for, which is started to tell its contexts.
   * @param mayChooseAddress whether the entry is the user's own; others listen on loopback
   * @throws CodedError where the entry names what is not known, or the host cannot be asked
   */
  async specification(entry: UnnamedEntry, mayChooseAddress: boolean): Promise<ForwardSpecification> {
    return this.#specify(entry, mayChooseAddress, await this.#load());
  }

  /** Resolves once the forward is ready or failed. Rejects where it could not even be tried. */
  async start({ entry, place }: SavedForward): Promise<ForwardSnapshot> {
    const isOwn = place.type === 'user';
    const contexts = contextsFor(place, await this.#load(), readKubeconfigPlaces());
    return this.#forwards.start(this.#specify(entry, isOwn, contexts));
  }

  /** Tells of a saved forward where it leads to now, which an approval is bound to beside what the entry says. */
  async destinations(): Promise<(forward: SavedForward) => unknown> {
    const contexts = await this.#load().catch(() => []);
    const places = readKubeconfigPlaces();
    return (forward) => destinationOf(forward, contexts, places);
  }

  async #load(): Promise<readonly ContextRow[]> {
    const state = await this.#contexts.load();
    if (state.type === 'failed') throw new CodedError(state.error.code, state.error.arguments);
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
