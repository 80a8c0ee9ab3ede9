import type { Socket } from 'node:net';
import type { Clock } from '../base/async.ts';
import { defined } from '../base/defined.ts';
import { CodedError, isCoded, toCoded } from '../base/errors.ts';
import { Emitter, type Event, until } from '../base/event.ts';
import type { ForwardCounters } from '../kinds/forwardCounters.ts';
import type { ForwardNotice } from '../kinds/forwardNotice.ts';
import type { GatewayNamespace, GatewayService, GatewayState } from '../kinds/gateway.ts';
import type { BoundAddress, LocalPort } from '../kinds/ports.ts';
import type { TransportName } from '../kinds/transports.ts';
import type { TapOwner, TappedConnection } from '../portforward/connectionTap.ts';
import type { ClusterAccess } from '../session/kubeTarget.ts';
import type { ServerProbe } from '../session/ports.ts';
import { SessionListener } from '../session/sessionListener.ts';
import type { ForwardPod } from '../session/sessionOptions.ts';
import type { ProgramTrust } from './connection.ts';
import { Dispatcher } from './dispatcher.ts';
import { locateName } from './location.ts';
import { NamespaceDirectory } from './namespaceDirectory.ts';
import { OwnPages } from './ownPages.ts';
import { PodSessions } from './podSessions.ts';
import { ProgramSecrets } from './programSecrets.ts';
import { serveConnection } from './serveConnection.ts';
import { summarize } from './summary.ts';
import { UndecidedConnections } from './undecidedConnections.ts';

export interface GatewayOptions {
  /** The name of the context, as shown to people. */
  readonly context: string;
  /** The DNS label that identifies the context in `*.localhost` names: `staging` in `web.demo.staging.localhost`. */
  readonly slug: string;
  /** The namespaces to serve, at least one. Short names such as `web` are searched in this order. */
  readonly namespaces: readonly string[];
  readonly localPort: LocalPort;
  /** How long to keep trying to bind a local port that another program uses, in milliseconds. Optional, default 0. */
  readonly busyPortTimeoutMs?: number;
  readonly access: (signal: AbortSignal) => Promise<ClusterAccess>;
  readonly clock: Clock;
  readonly probe: ServerProbe;
  /** Fires when the machine wakes from sleep. The gateway then replaces its tunnels, which may be dead. Optional. */
  readonly onDidWake?: Event<void>;
  /** Fires when the user has signed in. The gateway then retries failed lists and failed tunnels at once. Optional. */
  readonly onDidSignIn?: Event<void>;
  readonly transport?: TransportName;
  /**
   * Called for each new connection to a service, such as `web.demo`, so that the requests of the connection can be
   * logged. The `tap` of the returned object receives the bytes of the connection. `tap` is undefined while the request
   * log is off. Optional.
   */
  readonly createTapOwner?: ((connection: NamedConnection) => TapOwner) | undefined;
  /**
   * The maximum number of connections for which no pod has been chosen yet. The gateway resets further connections.
   * Optional, default 1,000; tests lower it.
   */
  readonly maxUndecided?: number;
  /** Opens tunnels to a pod and carries connections through them. Optional, default `forwardPod`; tests replace it. */
  readonly forwardPod?: ForwardPod;
}

/**
 * A connection to a pod. `service` is the service that the local client requested, such as `web.demo`; undefined if
 * unknown.
 */
export interface NamedConnection extends TappedConnection {
  readonly service?: string;
}

/** Something that happened in a gateway, to be logged. */
export type GatewayNotice =
  | { readonly type: 'bound'; readonly addresses: readonly BoundAddress[] }
  /**
   * The gateway refused a connection. `destination` is undefined if the local client has not named a destination yet.
   */
  | { readonly type: 'refused'; readonly error: CodedError; readonly destination: string | undefined }
  /** Something that happened in the session that carries the connections to one pod. */
  | { readonly type: 'session'; readonly pod: string; readonly notice: ForwardNotice };

const ADDRESSES = ['localhost'];
const MAX_UNDECIDED = 1_000;

/**
 * Makes all services of some namespaces reachable by name through one local port: as a SOCKS 5 proxy, as an HTTP proxy,
 * and for browsers under `*.localhost`. Listens on loopback addresses only. The constructor starts the gateway; the
 * caller must call {@link stop}.
 */
export class Gateway {
  readonly #options: GatewayOptions;
  readonly #directories = new Map<string, NamespaceDirectory>();
  readonly #sessions: PodSessions;
  readonly #dispatcher: Dispatcher;
  readonly #listener: SessionListener;
  readonly #pages: OwnPages;
  readonly #secrets = new ProgramSecrets();
  /** The open connections of all local clients, which {@link stop} closes. */
  readonly #sockets = new Set<Socket>();
  readonly #undecided: UndecidedConnections;
  readonly #didChange = new Emitter<void>();
  readonly #directoriesDidChange = new Emitter<void>();
  readonly #didNotice = new Emitter<GatewayNotice>();
  #end: Extract<GatewayState, { readonly type: 'failed' | 'stopping' | 'stopped' }> | undefined;
  #stopping: Promise<void> | undefined;
  #showsContext = false;

  /**
   * Fires when the state of the gateway, a namespace, a service or a pod changes, often many times per second. A
   * subscriber that does a lot of work should wait a moment and handle several changes together.
   */
  readonly onDidChange: Event<void> = this.#didChange.event;
  readonly onDidNotice: Event<GatewayNotice> = this.#didNotice.event;

  constructor(options: GatewayOptions) {
    this.#options = options;
    const { access, clock, probe, transport, onDidWake, onDidSignIn, createTapOwner, forwardPod } = options;
    this.#sessions = new PodSessions({
      ...{ access, clock, probe, transport, onDidSignIn },
      ...defined({ onDidWake, forwardPod }),
      createTapOwner: createTapOwner && ((connection) => createTapOwner(this.#named(connection))),
      onNotice: (pod, notice) => this.#didNotice.fire({ type: 'session', pod, notice }),
      onTurnedAway: (...arrival) => void this.#dispatcher.redirect(...arrival),
    });
    this.#dispatcher = new Dispatcher({
      directories: () => this.#directories,
      scope: () => ({ namespaces: this.namespaceNames, slug: options.slug }),
      sessions: this.#sessions,
      onDidChange: this.#directoriesDidChange.event,
      clock,
    });
    this.#pages = new OwnPages(this);
    this.#listener = new SessionListener({
      addresses: ADDRESSES,
      localPorts: [options.localPort],
      busyPortTimeoutMs: options.busyPortTimeoutMs ?? 0,
      clock,
      onConnection: (socket, address) => this.#serve(socket, address),
      onBound: (addresses) => this.#didNotice.fire({ type: 'bound', addresses }),
      onShortage: () => this.#notifyRefused(new CodedError('OUT_OF_FILES')),
    });
    this.#undecided = new UndecidedConnections(options.maxUndecided ?? MAX_UNDECIDED, (error) =>
      this.#notifyRefused(error),
    );
    this.setNamespaces(options.namespaces);
    // Binds the port in a microtask, so that the creator can subscribe to events first.
    queueMicrotask(() => void this.#bind());
  }

  get context(): string {
    return this.#options.context;
  }

  get slug(): string {
    return this.#options.slug;
  }

  get state(): GatewayState {
    if (this.#end !== undefined) return this.#end;
    const directories = [...this.#directories.values()];
    const usable = directories.some(({ isLoaded, error }) => isLoaded && error === undefined);
    const isKnown = directories.every(({ isLoaded, error }) => isLoaded || error !== undefined);
    if (this.localPort === undefined) return { type: 'starting' };
    if (usable && isKnown) return { type: 'ready' };
    const error = directories.map((directory) => directory.error).find((each) => each !== undefined);
    if (!isKnown || error === undefined) return { type: 'starting' };
    const wasUsable = directories.some(({ isLoaded }) => isLoaded) && !isCoded(error, 'NAMESPACE_NOT_FOUND');
    return wasUsable ? { type: 'reconnecting', error } : { type: 'starting', error };
  }

  /** The local addresses that the gateway listens on. Empty while it does not listen. */
  get addresses(): readonly BoundAddress[] {
    return this.#listener.bound.map(({ address }) => address);
  }

  get localPort(): number | undefined {
    return this.addresses[0]?.localPort;
  }

  /** The traffic counters of all connections since the gateway was created. */
  get counters(): ForwardCounters {
    return this.#sessions.counters;
  }

  /** The number of sessions: one for each pod that has connections, or has had connections in the last five minutes. */
  get sessionCount(): number {
    return this.#sessions.size;
  }

  get namespaceNames(): readonly string[] {
    return [...this.#directories.keys()];
  }

  get namespaces(): readonly GatewayNamespace[] {
    return [...this.#directories].map(([name, { isLoaded, error }]) => ({
      name,
      isLoaded,
      ...defined({ error }),
    }));
  }

  /** All services of the namespaces, with the URLs at which a browser can open them. */
  get services(): readonly GatewayService[] {
    const { localPort = 0 } = this;
    const options = { localPort, ...(this.#showsContext && { slug: this.slug }) };
    return [...this.#directories.values()]
      .flatMap((directory) => summarize(directory, options))
      .map((service) => ({
        ...service,
        openConnections: this.#dispatcher.openConnections(`${service.namespace}/${service.name}`),
      }));
  }

  /**
   * Replaces the served namespaces. The gateway closes the namespaces that are not in the new list, and their
   * connections.
   */
  setNamespaces(namespaces: readonly string[]): void {
    const { access, clock, onDidSignIn } = this.#options;
    const before = new Map(this.#directories);
    this.#directories.clear();
    for (const namespace of new Set(namespaces)) {
      const known = before.get(namespace);
      before.delete(namespace);
      const directory = known ?? new NamespaceDirectory({ namespace, access, clock, onDidSignIn });
      if (known === undefined) directory.onDidChange(() => this.#change());
      this.#directories.set(namespace, directory);
    }
    // Fires the event before it ends the sessions of closed namespaces. The event makes the dispatcher forget the pods
    // of these namespaces. Otherwise the dispatcher could choose these pods again for the waiting connections that the
    // ending sessions return.
    this.#directoriesDidChange.fire();
    for (const closed of before.values()) {
      this.#sessions.closeNamespace(closed);
      closed.dispose();
    }
    this.#didChange.fire();
  }

  /**
   * Sets whether the URLs of services contain the label of the context ({@link slug}). The caller sets this while
   * gateways of several contexts are open, so that the host names of their services differ.
   */
  setShowsContext(showsContext: boolean): void {
    if (showsContext === this.#showsContext) return;
    this.#showsContext = showsContext;
    this.#didChange.fire();
  }

  /**
   * Returns a new secret for a program. If the program sends the secret as the password of the proxy, the program may
   * also connect to servers outside the namespaces.
   */
  createSecret(trust: ProgramTrust): string {
    return this.#secrets.create(trust);
  }

  /**
   * Accepts a secret that an earlier gateway created, because the programs that got this secret may still run and send
   * it.
   */
  acceptSecret(secret: string, trust: ProgramTrust): void {
    this.#secrets.accept(secret, trust);
  }

  /**
   * The secrets of all programs, least recently used first. The secrets that open connections have sent come last,
   * because the programs of these connections are certainly still running. A caller that stores only some secrets
   * should store the last ones.
   */
  get secretsByUse(): ProgramSecrets['byUse'] {
    return this.#secrets.byUse;
  }

  /** Resolves when the gateway is ready, has ended, or has an error in its state. */
  async settled(): Promise<void> {
    await until(this.onDidChange, () => {
      const { state } = this;
      return state.type !== 'starting' || state.error !== undefined;
    });
  }

  /** Closes the local port and all connections. Resolves when everything is closed. */
  stop(): Promise<void> {
    this.#stopping ??= this.#release();
    return this.#stopping;
  }

  async #bind(): Promise<void> {
    if (this.#end !== undefined) return;
    try {
      await this.#listener.bind();
    } catch (error) {
      if (this.#end !== undefined) return;
      this.#end = { type: 'failed', error: toCoded(error) };
      this.#closeDirectories();
    }
    this.#didChange.fire();
  }

  async #release(): Promise<void> {
    this.#end = { type: 'stopping' };
    this.#didChange.fire();
    this.#listener.dispose();
    this.#secrets.clear();
    await this.#sessions.close();
    for (const socket of this.#sockets) socket.destroy();
    this.#closeDirectories();
    this.#end = { type: 'stopped' };
    this.#didChange.fire();
    for (const emitter of [this.#didChange, this.#directoriesDidChange, this.#didNotice]) emitter.dispose();
  }

  #closeDirectories(): void {
    for (const directory of this.#directories.values()) directory.dispose();
  }

  #serve(socket: Socket, address: BoundAddress): void {
    if (!this.#undecided.enter()) {
      socket.resetAndDestroy();
      return;
    }
    this.#sockets.add(socket);
    socket.on('close', () => {
      this.#sockets.delete(socket);
      this.#secrets.closed(socket);
    });
    const services = {
      dispatcher: this.#dispatcher,
      clock: this.#options.clock,
      localPort: address.localPort,
      trustOf: (secret: string) => this.#secrets.use(secret, socket),
      isServed: (host: string) => this.#isServed(host),
      ownPage: this.#pages.ownPage,
      refusalPage: this.#pages.refusalPage,
      onRefused: (error: CodedError, destination: string | undefined) =>
        this.#notifyRefused(error, destination),
    };
    void serveConnection(socket, address, services).finally(() => this.#undecided.leave());
  }

  #notifyRefused(error: CodedError, destination?: string): void {
    this.#didNotice.fire({ type: 'refused', error, destination });
  }

  #named(connection: TappedConnection): NamedConnection {
    const service = this.#dispatcher.serviceOf(connection.socket);
    return service === undefined ? connection : { ...connection, service };
  }

  #isServed(host: string): boolean {
    try {
      locateName(host, undefined, this.#directories, { namespaces: this.namespaceNames, slug: this.slug });
      return true;
    } catch (error) {
      return !isCoded(error, 'NAME_OUTSIDE') && !isCoded(error, 'NAME_UNKNOWN');
    }
  }

  #change(): void {
    this.#directoriesDidChange.fire();
    this.#didChange.fire();
  }
}
