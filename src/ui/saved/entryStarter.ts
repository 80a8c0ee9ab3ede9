import { CodedError } from '../../base/errors.ts';
import type { ForwardSnapshot, ForwardSpecification } from '../../rpc/contract.ts';
import type { ContextsModel } from '../clusters/contextsModel.ts';
import type { ForwardsModel } from '../forwards/forwardsModel.ts';
import type { LastLocalPorts } from '../forwards/lastLocalPorts.ts';
import { readSetting } from '../settings.ts';
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
    const state = await this.#contexts.load();
    if (state.type === 'failed') throw new CodedError(state.error.code, state.error.arguments);
    return toSpecification(entry, {
      contexts: this.#contexts.contexts,
      transport: readSetting('transport'),
      bindAddress: mayChooseAddress ? readSetting('bindAddress') : undefined,
      lastLocalPort: (target, remotePort) => this.#ports.of(target, remotePort),
    });
  }

  /** Resolves once the forward is ready or failed. Rejects where it could not even be tried. */
  async start({ entry, place }: SavedForward): Promise<ForwardSnapshot> {
    return this.#forwards.start(await this.specification(entry, place.type === 'user'));
  }
}
