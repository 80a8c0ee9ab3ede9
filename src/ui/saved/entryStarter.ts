import { type ContextReference, isSameContext } from '../../rpc/clustersContract.ts';
import type { ForwardSpecification } from '../../rpc/forwardsContract.ts';
import type { ContextsModel } from '../clusters/contextsModel.ts';
import type { ForwardsModel } from '../forwards/forwardsModel.ts';
import type { LastLocalPorts } from '../forwards/lastLocalPorts.ts';
import type { GatewaysModel, NamespacesToOpen } from '../gateways/gatewaysModel.ts';
import type { Running } from '../present/running.ts';
import { readKubeconfigPlaces, readSetting } from '../settings.ts';
import { isNamespaceEntry, type NamespaceEntry } from './forwardEntry.ts';
import type { SavedForward, SettingsScope } from './savedForward.ts';
import type { KnownContexts, UnnamedEntry } from './toSpecification.ts';

/** Starts forwards and gateways from entries of settings and tasks. Shows no messages and asks no questions. */
export class EntryStarter {
  readonly #contexts: ContextsModel;
  readonly #forwards: ForwardsModel;
  readonly #gateways: GatewaysModel;
  readonly #ports: LastLocalPorts;

  constructor(
    contexts: ContextsModel,
    forwards: ForwardsModel,
    gateways: GatewaysModel,
    ports: LastLocalPorts,
  ) {
    this.#contexts = contexts;
    this.#forwards = forwards;
    this.#gateways = gateways;
    this.#ports = ports;
  }

  /**
   * Converts an entry to a specification for the forward host. Needs the contexts of the host, so starts a host if none
   * runs.
   * @param scope the settings that contain the entry; optional, default: the entry is in no settings. An entry of the
   *   user settings can name only contexts from the user's own kubeconfigs. An entry from anywhere else listens on
   *   loopback only
   * @throws CodedError if the context of the entry does not exist, its target is invalid, or the host cannot be reached
   */
  async specification(entry: UnnamedEntry, scope?: SettingsScope): Promise<ForwardSpecification> {
    const { toSpecification } = await import('../onFirstUse.ts');
    return toSpecification(entry, {
      ...(await this.#knownContexts(scope)),
      transport: readSetting('transport'),
      bindAddress: scope?.type === 'user' ? readSetting('bindAddress') : undefined,
      lastLocalPort: (target, remotePort) => this.#ports.of(target, remotePort),
    });
  }

  /**
   * Converts an entry with `proxy` to the request that opens its namespace in a gateway. Needs the contexts of the
   * host, so starts a host if none runs.
   * @param scope the settings that contain the entry, as for {@link specification}
   * @throws CodedError if the context of the entry does not exist, or the host cannot be reached
   */
  async namespaces(entry: NamespaceEntry, scope?: SettingsScope): Promise<NamespacesToOpen> {
    const { toNamespaces } = await import('../onFirstUse.ts');
    return toNamespaces(entry, await this.#knownContexts(scope));
  }

  /**
   * Starts the forward or gateway of a saved entry. Resolves with a snapshot as soon as the forward or gateway is
   * ready, has failed, or tries again after its first failure. The state in the snapshot says which. Rejects if the
   * entry is invalid or the host cannot be reached.
   */
  async start({ entry, scope }: SavedForward): Promise<Running> {
    if (isNamespaceEntry(entry)) {
      const gateway = await this.#gateways.start(await this.namespaces(entry, scope));
      return { type: 'gateway', gateway };
    }
    const forward = await this.#forwards.start(await this.specification(entry, scope));
    return { type: 'forward', forward };
  }

  /**
   * Checks that a new entry in the given settings would lead to the cluster of `reference`. Needed because an entry
   * contains only the name of its context, and several clusters may have a context with this name.
   * @throws CodedError `CONTEXT_AMBIGUOUS` if the entry could also mean a context of another cluster
   */
  async checkContext(reference: ContextReference, scope: SettingsScope): Promise<void> {
    const { namedContext } = await import('../onFirstUse.ts');
    const { contexts: allowed } = await this.#knownContexts(scope);
    const { context, kubeconfig } = reference;
    const own = this.#contexts.contexts.filter(
      (row) => isSameContext(row, reference) || (row.context === context && row.files?.includes(kubeconfig)),
    );
    // If a terminal started the forward, for example, this window may not list the kubeconfig of the context. The
    // server of the context is then unknown. The empty `server` differs from the server of every other context, so that
    // `namedContext` throws if the entry could mean one of them.
    const unlisted = { ...reference, cluster: '', user: '', namespace: '', isCurrent: false, server: '' };
    namedContext(reference, { contexts: [...allowed, ...(own.length > 0 ? own : [unlisted])] });
  }

  /** Fires when the contexts that entries can name have changed. */
  get onDidChangeContexts(): ContextsModel['onDidChange'] {
    return this.#contexts.onDidChange;
  }

  /**
   * Loads the contexts. Then returns a function that returns the destination of a saved forward: its kubeconfig and
   * context, or null if the context does not exist or the contexts cannot be loaded. An approval of an automatic start
   * includes the destination, so that a changed destination needs another approval.
   */
  async destinations(): Promise<(forward: SavedForward) => unknown> {
    const { destinationOf } = await import('../onFirstUse.ts');
    const contexts = await this.#contexts.list().catch(() => []);
    const places = readKubeconfigPlaces();
    return (forward) => destinationOf(forward, contexts, places);
  }

  async #knownContexts(scope: SettingsScope | undefined): Promise<KnownContexts> {
    const contexts = await this.#contexts.list();
    const { contextsFor, problemsFor } = await import('../onFirstUse.ts');
    const places = readKubeconfigPlaces();
    return {
      contexts: contextsFor(scope, contexts, places),
      problems: problemsFor(scope, this.#contexts.problems, places),
    };
  }
}
