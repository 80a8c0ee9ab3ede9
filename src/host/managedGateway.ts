import { defined } from '../base/defined.ts';
import { CodedError } from '../base/errors.ts';
import type { Gateway, GatewayNotice } from '../gateway/gateway.ts';
import { gatewayAddresses, proxyVariables } from '../gateway/variables.ts';
import type { ForwardRequestLog } from '../inspect/requestLog.ts';
import { contextSlug } from '../kinds/contextSlug.ts';
import { type RequestLogMode, withoutRecording } from '../kinds/exchange.ts';
import type { ForwardCounters } from '../kinds/forwardCounters.ts';
import type { GatewayState } from '../kinds/gateway.ts';
import { serviceName } from '../kinds/localhostName.ts';
import type { ContextReference, PluginTerms } from '../rpc/clustersContract.ts';
import type { LogEntry } from '../rpc/contract.ts';
import type {
  GatewaySecret,
  GatewaySnapshot,
  GatewaySpecification,
  GatewayVariables,
  ProgramVariables,
  StartGateway,
} from '../rpc/gatewayContract.ts';
import type { Holder } from '../rpc/holdersContract.ts';
import type { ErrorInfo } from '../rpc/messages.ts';
import { withPlugins } from '../rpc/pluginTerms.ts';
import { toErrorInfo } from '../rpc/rpcErrors.ts';
import { connectionLine, formatAddresses, line, stoppedArguments } from './forwardLog.ts';
import type { ForwardOwner } from './forwardOwner.ts';
import { boundSnapshot, type HeldItem } from './heldList.ts';
import { type ClientKey, Holders } from './holders.ts';

/**
 * Maximum number of secrets in a request that starts the gateway again. Each program that uses the gateway as its proxy
 * has its own secret. If there are more secrets, the programs whose secrets were not used recently cannot use the new
 * gateway.
 */
const MAX_SECRETS = 200;

export interface ManagedGatewayOptions {
  readonly id: string;
  readonly specification: GatewaySpecification;
  readonly owner: ForwardOwner;
  readonly gateway: Gateway;
  /** Logs the requests that pass through the gateway. */
  readonly requestLog: ForwardRequestLog;
  readonly onChange: () => void;
  readonly onLog: (entry: LogEntry) => void;
}

/**
 * Holders of a gateway (the windows, terminals and others that use it). `wanted` maps the id of each holder to the
 * namespaces that the holder requested.
 */
export interface HeldNamespaces {
  readonly holders: Holders;
  readonly wanted: ReadonlyMap<string, readonly string[]>;
}

/**
 * A gateway in the host's list: stores which namespaces each holder requested, and creates the snapshot for clients.
 */
export class ManagedGateway implements HeldItem<StartGateway, GatewaySnapshot> {
  readonly id: string;
  readonly owner: ForwardOwner;
  readonly holders = new Holders();
  readonly gateway: Gateway;
  readonly #options: ManagedGatewayOptions;
  readonly #wanted = new Map<string, readonly string[]>();
  #context: ContextReference;
  #lastConnectionError: ErrorInfo | undefined;
  readonly #loggedStates = new Set<GatewayState['type']>();
  /** Maps a namespace to the code of its last logged error, so that the same problem is not logged again. */
  readonly #problems = new Map<string, string>();

  constructor(options: ManagedGatewayOptions) {
    this.id = options.id;
    this.owner = options.owner;
    this.gateway = options.gateway;
    this.#options = options;
    this.#context = options.specification.context;
    const { requestLog = 'off', serviceLogs = [] } = options.specification;
    options.requestLog.setMode(requestLog);
    for (const { service, mode } of serviceLogs) options.requestLog.setMode(mode, service);
    this.gateway.onDidChange(() => this.#onChange());
    this.gateway.onDidNotice((notice) => this.#onNotice(notice));
  }

  get state(): GatewayState['type'] {
    return this.gateway.state.type;
  }

  get counters(): ForwardCounters {
    return this.gateway.counters;
  }

  /** The context, with the plugins that the clients allow at the time of the call. */
  get context(): ContextReference {
    return this.#context;
  }

  /** The request log mode of services that have no mode of their own. */
  get requestLog(): RequestLogMode {
    return this.#options.requestLog.mode;
  }

  /** The namespaces that each holder has requested, by holder id. */
  get wanted(): ReadonlyMap<string, readonly string[]> {
    return this.#wanted;
  }

  /** The specification with the namespaces that are open now, and the current modes of the request logs. */
  get specification(): GatewaySpecification {
    const { requestLog: _, serviceLogs: __, ...specification } = this.#options.specification;
    const serviceLogs = [...this.#options.requestLog.services];
    return {
      ...{ ...specification, context: this.#context },
      namespaces: this.gateway.namespaceNames,
      ...(this.requestLog !== 'off' && { requestLog: withoutRecording(this.requestLog) }),
      ...(serviceLogs.length > 0 && {
        serviceLogs: serviceLogs.map(([service, mode]) => ({ service, mode: withoutRecording(mode) })),
      }),
    };
  }

  /**
   * Turns on the request logs that another client requests when it starts the same gateway. Logs that are already on
   * keep their mode.
   */
  turnOnLogs({ requestLog = 'off', serviceLogs = [] }: GatewaySpecification): void {
    const log = this.#options.requestLog;
    if (log.mode === 'off' && requestLog !== 'off') log.setMode(requestLog);
    for (const { service, mode } of serviceLogs)
      if (log.modeOf(service) === 'off') log.setMode(mode, service);
  }

  /**
   * Adds the workspaces of another client that uses this gateway, so that a later change of their kubeconfigs needs
   * permission, and allows what that client allows. Does nothing if the gateway has no terms: its client, such as a
   * terminal, allows every plugin, and may have no way to ask the user.
   * @param plugins the terms of the client. What they allow replaces what is allowed now
   * @param earlier terms from before the gateway was started. What they allow is allowed only if nothing is allowed
   *   since
   */
  addPlugins(plugins: PluginTerms | undefined, earlier: PluginTerms | undefined): void {
    const { plugins: now } = this.#context;
    if (now === undefined) return;
    for (const terms of [earlier, now, plugins]) this.#context = withPlugins(this.#context, terms);
  }

  /** The specification that starts the gateway again with the same namespaces and, if possible, on the same port. */
  get onSamePort(): GatewaySpecification {
    const { localPort } = this.gateway;
    if (localPort === undefined) return this.specification;
    return { ...this.specification, localPort: { mode: 'preferred', port: localPort } };
  }

  /**
   * Returns a request that starts the gateway again on the same port. The request contains the namespaces of all
   * holders that last at least as long as `holder`. It omits a namespace that only other holders requested: their
   * clients request the namespace again themselves.
   */
  startFor(holder: Holder, isNamed = true): StartGateway {
    const namespaces = this.holders.asLastingAs(holder).flatMap(({ id }) => this.#namespacesOf(id));
    const { secrets } = this;
    return {
      ...{ ...this.onSamePort, namespaces: [...new Set(namespaces)] },
      ...(isNamed && { holder }),
      ...(secrets.length > 0 && { secrets }),
    };
  }

  /** The secrets that were given to programs: at most the {@link MAX_SECRETS} most recently used secrets. */
  get secrets(): readonly GatewaySecret[] {
    const used = this.gateway.secretsByUse.slice(-MAX_SECRETS);
    return used.map(([secret, { namespaces }]) => ({ secret, namespaces }));
  }

  /**
   * Accepts the secrets that an earlier gateway gave to programs. If these programs are still running, they can then
   * use this gateway instead of the earlier gateway.
   */
  acceptSecrets(secrets: readonly GatewaySecret[]): void {
    const { environment } = this.owner;
    for (const { secret, namespaces } of secrets)
      this.gateway.acceptSecret(secret, { environment, namespaces });
  }

  get polledValues(): unknown {
    return [this.id, this.counters, this.#lastConnectionError];
  }

  /** Adds holders, and makes the namespaces that they request reachable. */
  hold({ holders, wanted }: HeldNamespaces): void {
    this.holders.addAll(holders);
    for (const { id } of holders.snapshot()) {
      const namespaces = [...(this.#wanted.get(id) ?? []), ...(wanted.get(id) ?? [])];
      this.#wanted.set(id, [...new Set(namespaces)]);
    }
    this.#openWanted();
  }

  /**
   * Removes namespaces from the gateway, for all holders. Returns the holders that had requested these namespaces. To
   * open the namespaces again, the caller passes the result to {@link hold}. If no namespace would remain, changes
   * nothing and returns undefined; the caller then stops the gateway.
   */
  closeSome(namespaces: readonly string[]): HeldNamespaces | undefined {
    if (this.gateway.namespaceNames.every((name) => namespaces.includes(name))) return undefined;
    const closed = new Map<string, readonly string[]>();
    for (const [holder, wanted] of this.#wanted) {
      const removed = wanted.filter((name) => namespaces.includes(name));
      if (removed.length > 0) closed.set(holder, removed);
    }
    const holders = this.holders.withIds(closed.keys());
    for (const holder of closed.keys()) {
      const left = this.#namespacesOf(holder).filter((name) => !namespaces.includes(name));
      this.#wanted.set(holder, left);
      if (left.length === 0) this.holders.release(holder);
    }
    this.forgetReleased();
    return { holders, wanted: closed };
  }

  /**
   * Removes the namespaces that only released holders had requested. Namespaces that a remaining holder requested stay
   * open.
   */
  forgetReleased(): void {
    const left = new Set(this.holders.snapshot().map(({ id }) => id));
    for (const id of [...this.#wanted.keys()]) if (!left.has(id)) this.#wanted.delete(id);
    if (left.size > 0) this.#openWanted();
  }

  /** Returns whether the gateway listens and has listed all namespaces that the holders of a client requested. */
  hasStartedFor(client: ClientKey): boolean {
    const wanted = this.holders.idsOf(client).flatMap((id) => this.#namespacesOf(id));
    const { localPort, namespaces } = this.gateway;
    return (
      localPort !== undefined && namespaces.every(({ name, isLoaded }) => isLoaded || !wanted.includes(name))
    );
  }

  /**
   * Sets the mode of the request log for a service or, by default, for all services.
   * @throws CodedError `NAME_UNKNOWN` for a service that the gateway does not have
   */
  setRequestLog(mode: RequestLogMode, service?: string): void {
    const known = this.gateway.services.map(serviceName);
    if (service !== undefined && !known.includes(service)) {
      const namespaces = this.gateway.namespaceNames.join(', ');
      throw new CodedError('NAME_UNKNOWN', { name: service, namespaces, known: known.join(', ') || 'none' });
    }
    this.#options.requestLog.setMode(mode, service);
  }

  /**
   * Returns the environment variables with which a program uses the gateway as its proxy.
   * @param environment the program's environment without the gateway
   * @throws CodedError `FORWARD_NOT_FOUND` while the gateway does not listen
   */
  variables(
    { namespaces = [], java = false }: GatewayVariables,
    environment: ForwardOwner['environment'],
  ): ProgramVariables {
    const { localPort } = this.gateway;
    if (localPort === undefined) throw new CodedError('FORWARD_NOT_FOUND', { id: this.id });
    const secret = this.gateway.createSecret({ environment, namespaces });
    this.#options.onChange();
    return { variables: proxyVariables({ localPort, secret, java, environment }), secret };
  }

  settled(): Promise<void> {
    return this.gateway.settled();
  }

  stop(): Promise<void> {
    return this.gateway.stop();
  }

  snapshot(): GatewaySnapshot {
    const { gateway } = this;
    const { requestLog } = this.#options;
    const { localPort, addresses } = gateway;
    return {
      id: this.id,
      specification: this.specification,
      state: toSnapshot(gateway.state),
      namespaces: gateway.namespaces.map(({ name, isLoaded, error }) => ({
        ...{ name, isLoaded },
        ...(error && { error: toErrorInfo(error) }),
      })),
      requestLog: requestLog.mode,
      services: gateway.services.map((service) => ({
        ...service,
        requestLog: requestLog.modeOf(serviceName(service)),
      })),
      holders: this.holders.snapshot().map((holder) => ({
        ...holder,
        namespaces: this.#namespacesOf(holder.id),
      })),
      slug: gateway.slug,
      ...(localPort !== undefined && gatewayAddresses(localPort)),
      ...boundSnapshot(this.#options.specification.localPort, addresses),
      counts: gateway.counters,
      ...defined({ lastConnectionError: this.#lastConnectionError }),
    };
  }

  #namespacesOf(holderId: string): readonly string[] {
    return this.#wanted.get(holderId) ?? this.gateway.namespaceNames;
  }

  #openWanted(): void {
    this.gateway.setNamespaces([...this.#wanted.values()].flat());
  }

  #onChange(): void {
    this.#logState(this.gateway.state);
    for (const { name, error } of this.gateway.namespaces) this.#logProblem(name, error);
    this.#options.onChange();
  }

  /**
   * Logs that the gateway is ready, has failed or has stopped, each only once. Does not log starting and reconnecting:
   * `#logProblem` logs their cause for each namespace.
   */
  #logState(state: GatewayState): void {
    if (this.#loggedStates.has(state.type)) return;
    this.#loggedStates.add(state.type);
    const { namespaceNames, localPort, counters } = this.gateway;
    switch (state.type) {
      case 'ready': {
        const args = { namespaces: namespaceNames.join(', '), url: gatewayAddresses(localPort ?? 0).url };
        return this.#log(line('info', 'gatewayReady', args));
      }
      case 'failed':
        return this.#log(line('error', 'failed', {}, state.error));
      case 'stopped':
        return this.#log(line('info', 'stopped', stoppedArguments(counters)));
    }
  }

  /**
   * Logs the problem of a namespace only when its error code changes, because the gateway reports the same problem
   * again each time it asks the API server.
   */
  #logProblem(namespace: string, error: CodedError | undefined): void {
    if (this.#problems.get(namespace) === error?.code) return;
    if (error === undefined) {
      this.#problems.delete(namespace);
      return;
    }
    this.#problems.set(namespace, error.code);
    this.#log(line('warn', 'namesUnavailable', { namespace }, error));
  }

  #onNotice(notice: GatewayNotice): void {
    switch (notice.type) {
      case 'bound':
        return this.#log(line('info', 'bound', { addresses: formatAddresses(notice.addresses) }));
      case 'refused': {
        const { destination = '', error } = notice;
        this.#lastConnectionError = toErrorInfo(error);
        return this.#log(line('warn', 'connectionRefused', { destination }, error));
      }
      case 'session':
        return this.#onSessionNotice(notice);
    }
  }

  #onSessionNotice({ pod, notice }: Extract<GatewayNotice, { readonly type: 'session' }>): void {
    switch (notice.type) {
      case 'connectionEnded':
        if (notice.error !== undefined) this.#lastConnectionError = toErrorInfo(notice.error);
        return this.#log(connectionLine(notice), pod);
      case 'connection':
      case 'tunnelLost':
      case 'transportRefused':
      case 'noHalfClose':
        return this.#log(connectionLine(notice), pod);
      case 'failed':
        return this.#log(line('info', 'failed', {}, notice.error), pod);
      default:
        return;
    }
  }

  /**
   * Logs a line.
   * @param pod the pod to which the connection in question leads; optional, default: the line is about the whole
   *   gateway
   */
  #log(entry: Omit<LogEntry, 'forward'>, pod?: string): void {
    const forward = pod === undefined ? this.gateway.namespaceNames.join(', ') : `pod/${pod}`;
    this.#options.onLog({ forward, ...entry });
  }
}

/**
 * Returns the DNS label of the context of a gateway, which is a part of host names such as `web.demo.LABEL.localhost`.
 * The label differs from the labels of `others`, the other gateways of the host.
 */
export function slugFor(
  { context: { kubeconfig, context } }: GatewaySpecification,
  others: readonly Gateway[],
): string {
  return contextSlug(context, `${kubeconfig}\n${context}`, new Set(others.map(({ slug }) => slug)));
}

function toSnapshot(state: GatewayState): GatewayState<ErrorInfo> {
  switch (state.type) {
    case 'starting':
      return { type: 'starting', ...(state.error && { error: toErrorInfo(state.error) }) };
    case 'reconnecting':
    case 'failed':
      return { type: state.type, error: toErrorInfo(state.error) };
    default:
      return { type: state.type };
  }
}
