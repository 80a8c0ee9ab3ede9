import { randomUUID } from 'node:crypto';
import type { RequestLogMode } from '../kinds/exchange.ts';
import { isStopped } from '../kinds/stopped.ts';
import type { CreateTapOwner } from '../portforward/connectionTap.ts';
import { findPortHolder } from '../portforward/portHolder.ts';
import type { PluginTerms } from '../rpc/clustersContract.ts';
import type { ForwardSnapshot, ForwardSpecification, StartForward } from '../rpc/forwardsContract.ts';
import { withPlugins } from '../rpc/pluginTerms.ts';
import type { Session } from '../session/session.ts';
import type { SessionOptions } from '../session/sessionOptions.ts';
import type { ForwardOwner, ForwardUser } from './forwardOwner.ts';
import { HeldList, type HeldListOptions, type Stopped } from './heldList.ts';
import { checkHolder, Holders } from './holders.ts';
import { ManagedForward } from './managedForward.ts';
import { checkLocalPort, checkSpecification, haveOneName, identityOf } from './specification.ts';

export interface ForwardManagerOptions extends HeldListOptions {
  /**
   * Starts a session, which connects to the pod and reconnects. Tests replace it by a session that needs no network.
   */
  readonly startSession: (
    target: SessionOptions['target'],
    specification: ForwardSpecification,
    createTapOwner: CreateTapOwner,
  ) => Session;
}

/**
 * All forwards of the host. The list fires `onDidChange` only once for all changes in the same turn of the event loop.
 */
export class ForwardManager extends HeldList<
  ManagedForward,
  StartForward,
  ForwardSnapshot,
  ForwardSpecification
> {
  readonly #startSession: ForwardManagerOptions['startSession'];
  #isAnnounced = false;

  constructor({ startSession, ...options }: ForwardManagerOptions) {
    super(options);
    this.#startSession = startSession;
  }

  /**
   * Starts a forward, and adds its first holder (the window, terminal or task that uses it). If a forward with the same
   * specification exists, adds the holder to that forward instead. Resolves when the first attempt to connect has
   * succeeded or failed, even if all holders have been released by then.
   * @throws CodedError `INVALID_PORT`, `INVALID_ADDRESS`, `USAGE`
   */
  async start(
    specification: ForwardSpecification,
    { owner, holder, client }: ForwardUser,
  ): Promise<ForwardSnapshot> {
    checkSpecification(specification);
    checkHolder(holder);
    const known = this.#find(specification, owner);
    const forward = known ?? this.#add(randomUUID(), specification, owner, new Holders());
    forward.holders.add(holder, client);
    this.announce();
    if (known !== undefined) await adapt(known, specification);
    return await this.settled(forward);
  }

  /**
   * Asks the user to sign in if needed, and then restarts a forward without waiting for its next automatic attempt.
   * @param plugins added to the plugins that earlier clients allowed; optional, default no change
   * @throws CodedError `FORWARD_NOT_FOUND`
   */
  async restart(id: string, plugins?: PluginTerms): Promise<ForwardSnapshot> {
    const forward = this.get(id);
    forward.addPlugins(plugins);
    await forward.owner.signIn(forward.specification.target.context);
    forward.restart();
    return await this.settled(forward);
  }

  /** @throws CodedError `FORWARD_NOT_FOUND`, `INVALID_PORT`, `PORT_IN_USE`, `PORT_NOT_PERMITTED`, `STOPPED` */
  async changeLocalPort(id: string, port: number): Promise<ForwardSnapshot> {
    checkLocalPort(port);
    const forward = this.get(id);
    await forward.changeLocalPort(port);
    return await this.settled(forward);
  }

  /**
   * Sets the label of a forward. An empty string removes the label.
   * @throws CodedError `FORWARD_NOT_FOUND`
   */
  setLabel(id: string, label: string): void {
    this.get(id).setLabel(label);
  }

  /** @throws CodedError `FORWARD_NOT_FOUND` */
  setRequestLog(id: string, mode: RequestLogMode): void {
    this.get(id).setRequestLog(mode);
  }

  protected override announce(): void {
    if (this.#isAnnounced) return;
    this.#isAnnounced = true;
    queueMicrotask(() => {
      this.#isAnnounced = false;
      this.didChange.fire();
    });
  }

  protected override toAgain(forward: ManagedForward): ForwardSpecification {
    return forward.onSamePort;
  }

  protected override async startAgain(
    id: string,
    { again, owner, holders }: Stopped<ForwardSpecification>,
    { holder, client }: ForwardUser,
  ): Promise<ManagedForward> {
    if (holders.isEmpty) holders.add(holder, client);
    // If somebody has started the same forward on the same port since the stop, adds the holders to the running
    // forward. A second forward would fail, because the port is in use.
    const known = this.#find(again, owner);
    if (known !== undefined) {
      known.holders.addAll(holders);
      this.announce();
      const { target } = again;
      // What a client has allowed since the stop wins.
      const context = withPlugins(target.context, known.specification.target.context.plugins);
      await adapt(known, { ...again, target: { ...target, context } });
      return known;
    }
    return this.#add(id, again, owner, holders);
  }

  #add(
    id: string,
    specification: ForwardSpecification,
    owner: ForwardOwner,
    holders: Holders,
  ): ManagedForward {
    return this.add(
      id,
      (requestLog) =>
        new ManagedForward({
          ...{ id, specification, owner, holders, requestLog, clock: this.clock },
          startSession: (wanted, plugins) =>
            this.#startSession(owner.target(wanted, plugins), wanted, requestLog.open),
          onChange: () => this.announce(),
          findHolder: (port) => this.#findHolder(port),
          onLog: (entry) => this.didLog.fire(entry),
        }),
    );
  }

  /**
   * Finds a forward that a request can use instead of a new forward, so that several windows that restore the same
   * forward share it. The environment, target, remote port, address and transport must be equal. If the request
   * requires an exact local port, the forward must use this port, and the labels do not matter. If the request does not
   * require a port, the labels must be equal, or one of the two must be missing.
   */
  #find(specification: ForwardSpecification, owner: ForwardOwner): ManagedForward | undefined {
    const wanted = identityOf(specification);
    const { mode, port } = specification.localPort;
    return this.items.find((forward) => {
      if (forward.owner.key !== owner.key || identityOf(forward.specification) !== wanted) return false;
      if (isStopped(forward.state)) return false;
      if (mode !== 'exact') return haveOneName(forward.specification, specification);
      return (forward.localPort ?? forward.specification.localPort.port) === port;
    });
  }

  async #findHolder(port: number): Promise<string | undefined> {
    const forward = this.items.find(({ localPort }) => localPort === port);
    return forward?.name ?? (await findPortHolder('127.0.0.1', port));
  }
}

/**
 * Applies the specification of a request to the existing forward that the request uses. Turns on the request log if it
 * is off, and starts the forward again if it has failed. Also sets the label if the forward has none, because a window
 * may recognize its saved forward only by the label. Adds the workspaces of the client, so that a later change of their
 * kubeconfigs needs permission. Does not do this for a running forward without {@link PluginTerms}: its client, such as
 * a terminal, allows every plugin, and may have no way to ask the user.
 */
async function adapt(forward: ManagedForward, specification: ForwardSpecification): Promise<void> {
  const { label = '', requestLog } = specification;
  if ((forward.specification.label ?? '') === '' && label !== '') forward.setLabel(label);
  if (requestLog !== undefined && forward.requestLog === 'off') forward.setRequestLog(requestLog);
  if (forward.state === 'failed') return await forward.startAgain(specification);
  if (forward.specification.target.context.plugins === undefined) return;
  forward.addPlugins(specification.target.context.plugins);
}
