import { isIP, type Socket } from 'node:net';
import { type Clock, onAbort } from '../base/async.ts';
import { DisposableStore } from '../base/disposable.ts';
import { CodedError, type ErrorCode, isCoded, toCoded } from '../base/errors.ts';
import type { Event } from '../base/event.ts';
import type { BoundAddress } from '../kinds/ports.ts';
import { isTerminating } from '../kube/target/podState.ts';
import type { ClientInspector } from '../portforward/listener.ts';
import { DisconnectSignal } from './disconnectSignal.ts';
import { type Directories, type Location, locateName, mayBeInside, type PodEndpoint } from './location.ts';
import { isLocalhostName, type NameScope, normalizeHost } from './names.ts';
import type { PodSessions } from './podSessions.ts';
import { WaitLimit } from './waitLimit.ts';

export interface DispatcherOptions {
  readonly directories: () => Directories;
  readonly scope: () => NameScope;
  readonly sessions: PodSessions;
  /**
   * Fires when a service or pod changes, or when a namespace is added or removed. The dispatcher then looks for a pod
   * again for each waiting connection.
   */
  readonly onDidChange: Event<void>;
  readonly clock: Clock;
}

/** The name and port to which a local client wants to connect. */
export interface Destination {
  readonly host: string;
  /**
   * The port of the service or pod. Undefined for a `*.localhost` name from a browser. The name may then contain the
   * port (`p8080.web.demo.localhost`); otherwise the service's default port is used.
   */
  readonly port: number | undefined;
  /**
   * The namespaces in which a short name, such as `web`, is searched before the other namespaces of the gateway.
   * Optional, default none.
   */
  readonly search?: readonly string[];
}

/** A pod that can serve a connection at once, and the destination for which the pod was chosen. */
export interface Route {
  readonly destination: Destination;
  /**
   * The requested service or pod: `demo/web` or `demo/pod/web-0`. The gateway counts the open connections for each key.
   */
  readonly key: string;
  /**
   * The service that the request log shows for the connection: `web.demo`. If the local client requested a pod by its
   * IP address, this is the name of the pod: `web-1.demo`.
   */
  readonly service: string;
  readonly endpoint: PodEndpoint;
}

/**
 * How long a connection waits if the service has no pod that may become ready, in milliseconds. After this time, the
 * gateway refuses the connection. The gateway does not refuse it at once, because a new pod may soon replace a deleted
 * pod. A connection to a name such as `example.com` waits equally long for the list of a namespace. The name may mean a
 * pod in this namespace, but probably means a server outside the cluster.
 */
const NO_POD_LIMIT_MS = 2_000;
/**
 * The maximum number of cached lookups of names. When this number is reached, the cache is cleared. Without this limit,
 * local clients could fill the memory: each spelling of a name and each port is cached separately, and a headless
 * service accepts every port.
 */
const MAX_LOCATED = 1_000;
/**
 * How long the dispatcher waits before it looks for a pod for a connection again, if there is no pod or all pods have
 * failed. If a service, pod or namespace changes, the dispatcher looks for a pod at once.
 */
const RETRY_MS = 250;

/**
 * Errors after which a connection is refused at once, because opening another tunnel, even to another pod, would cause
 * the same error.
 */
const FINAL: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'FORBIDDEN',
  'FORBIDDEN_CLUSTER_WIDE',
  'UNAUTHORIZED',
  'CREDENTIALS_FAILED',
  'PLUGIN_NOT_ALLOWED',
  'TOKEN_FILE_NOT_ALLOWED',
  'TLS',
]);

const NONE: ReadonlySet<string> = new Set();

/** Chooses a pod for each connection, and spreads the connections of a service over its pods. */
export class Dispatcher {
  readonly #options: DispatcherOptions;
  /**
   * Counts, for each service, the connections for which the dispatcher could choose between several pods. The count
   * decides which of these pods gets the next connection, so that the pods take turns.
   */
  readonly #turns = new Map<string, number>();
  readonly #sticky = new Map<string, string>();
  readonly #open = new Map<string, number>();
  readonly #routes = new WeakMap<Socket, Route>();
  /**
   * The pods that were found for each destination, so that the next connection need not search all services and pods.
   * The map is cleared when a service, pod or namespace changes, because other pods may then serve the destination.
   */
  readonly #located = new Map<string, Location>();

  constructor(options: DispatcherOptions) {
    this.#options = options;
    options.onDidChange(() => this.#located.clear());
  }

  /**
   * Returns the number of open connections to a service or pod.
   * @param key the service or pod: `demo/web` or `demo/pod/web-0`
   */
  openConnections(key: string): number {
    return this.#open.get(key) ?? 0;
  }

  /**
   * Resolves with a pod that can serve the destination. If no pod can, waits for a pod: at most 10 seconds, or 2
   * seconds if no pod exists that may become ready.
   * @param disconnected returns a signal that is aborted when the local client disconnects. Called only if the local
   *   client has to wait
   * @throws CodedError the errors of {@link locateName}, `NO_ENDPOINTS`, `NOT_CONNECTED`, or the reason why no tunnel
   *   to a pod could be opened
   */
  async route(destination: Destination, disconnected: () => AbortSignal): Promise<Route> {
    using limit = new WaitLimit(disconnected, this.#options.clock);
    return await this.#find(destination, limit);
  }

  /**
   * Passes a local client's connection to the session that has the tunnel to the route's pod. The session owns the
   * socket from now on.
   * @throws CodedError `STOPPED` if the local client disconnected or the namespace was closed after the route was found
   */
  carry(route: Route, socket: Socket, address: BoundAddress, inspect?: ClientInspector): void {
    const { key, endpoint } = route;
    const { directory } = endpoint;
    const isOpen = this.#options.directories().get(directory.namespace) === directory;
    if (!isOpen || socket.destroyed) throw new CodedError('STOPPED');
    if (!this.#routes.has(socket)) {
      this.#open.set(key, this.openConnections(key) + 1);
      socket.on('close', () => this.#close(key));
    }
    this.#routes.set(socket, route);
    this.#options.sessions.carry(endpoint, socket, address, inspect);
  }

  /**
   * Returns the service that a connection requested, such as `web.demo`; undefined if the connection was not sent to a
   * pod.
   */
  serviceOf(socket: Socket): string | undefined {
    return this.#routes.get(socket)?.service;
  }

  /**
   * Sends a connection to another pod, because the chosen pod could not serve the connection. The caller must not have
   * read a byte of the connection: the other pod has to get all bytes. If no pod can serve the connection, resets it.
   */
  async redirect(socket: Socket, address: BoundAddress, inspect?: ClientInspector): Promise<void> {
    const destination = this.#routes.get(socket)?.destination;
    const ignore = () => {};
    socket.on('error', ignore);
    using disconnect = new DisconnectSignal(socket);
    try {
      if (destination === undefined || socket.destroyed) throw new CodedError('STOPPED');
      const route = await this.route(destination, disconnect.signal);
      socket.off('error', ignore);
      this.carry(route, socket, address, inspect);
    } catch {
      socket.resetAndDestroy();
    }
  }

  async #find(destination: Destination, limit: WaitLimit): Promise<Route> {
    const { clock, sessions } = this.#options;
    const startMs = clock.now();
    let failed = NONE;
    let failure: CodedError | undefined;
    for (;;) {
      if (limit.isExceeded) throw failure ?? toCoded(limit.signal.reason);
      const hasWaited = clock.now() - startMs >= NO_POD_LIMIT_MS;
      const location = this.#locate(destination, hasWaited);
      const endpoint = location && this.#pick(location, failed);
      if (location === undefined || endpoint === undefined) {
        if (location?.mayCome === false && hasWaited) throw failure ?? location.problem;
        // After the wait, the pods that failed may have recovered, so they can be chosen again.
        failed = NONE;
        failure ??= location?.problem;
        await this.#untilChange(limit.signal);
        continue;
      }
      try {
        if (!sessions.isCarrying(endpoint)) await sessions.untilCarrying(endpoint, limit.signal);
        if (isServing(endpoint))
          return { destination, key: location.key, service: location.service, endpoint };
      } catch (error) {
        failure = toCoded(error);
        if (FINAL.has(failure.code)) throw failure;
      }
      failed = new Set([...failed, idOf(endpoint)]);
    }
  }

  /**
   * Looks up the pods of a destination. Returns undefined if the name is not found, but a namespace that may contain
   * the name is still being listed. The caller then waits and looks up the pods again.
   * @param hasWaited whether the caller has waited for {@link NO_POD_LIMIT_MS}. If true, a name that probably means a
   *   server outside the cluster does not wait for the list any longer
   */
  #locate(destination: Destination, hasWaited: boolean): Location | undefined {
    const { host, port, search = [] } = destination;
    const key = `${port} ${search.join()} ${host}`;
    const known = this.#located.get(key);
    if (known !== undefined) return known;
    const location = this.#lookUp(destination, hasWaited);
    if (this.#located.size >= MAX_LOCATED) this.#located.clear();
    if (location !== undefined) this.#located.set(key, location);
    return location;
  }

  #lookUp({ host, port, search = [] }: Destination, hasWaited: boolean): Location | undefined {
    const { directories, scope } = this.#options;
    const all = directories();
    const { namespaces, slug } = scope();
    const own = search.filter((namespace) => all.has(namespace));
    const nameScope = { namespaces: [...new Set([...own, ...namespaces])], slug };
    try {
      return locateName(host, port, all, nameScope);
    } catch (error) {
      const isName = isCoded(error, 'NAME_UNKNOWN');
      const mayBeListed = isName || (isCoded(error, 'NAME_OUTSIDE') && mayBeInside(host, all, nameScope));
      const unlisted = mayBeListed ? [...all.values()].filter(({ isLoaded }) => !isLoaded) : [];
      const normalized = normalizeHost(host);
      const isAddress = isIP(normalized) !== 0;
      // The list of a namespace may take minutes to arrive, because the user may have to sign in first. A name such as
      // `example.com` may mean a pod, but probably means a server outside the cluster, so a connection to this name
      // waits only a short time.
      const isAwaited = isName || isAddress || isLocalhostName(normalized) || !hasWaited;
      if (isAwaited && unlisted.some((directory) => directory.error === undefined)) return undefined;
      // An address may belong to a pod in a namespace that the user is not allowed to list. Ignores this possibility:
      // otherwise this user could reach no address outside the cluster. A name such as `example.com` may mean a pod in
      // a namespace whose list failed. Ignores this possibility too: otherwise programs could reach no server outside
      // the cluster while the cluster cannot be reached.
      const failures = unlisted.map((directory) => directory.error);
      throw failures.find((each) => isName || (isAddress && !isCoded(each, 'FORBIDDEN'))) ?? error;
    }
  }

  #pick({ key, endpoints, isSticky }: Location, failed: ReadonlySet<string>): PodEndpoint | undefined {
    const usable =
      failed.size === 0 ? endpoints : endpoints.filter((endpoint) => !failed.has(idOf(endpoint)));
    const last = isSticky && usable.find((endpoint) => idOf(endpoint) === this.#sticky.get(key));
    if (last) return last;
    const turn = this.#turns.get(key) ?? 0;
    // Counts only connections for which there is a choice. Otherwise the map could grow without limit, because clients
    // can request any number of pods that do not exist.
    if (usable.length > 1) this.#turns.set(key, turn + 1);
    const chosen = usable[turn % Math.max(1, usable.length)];
    if (isSticky && chosen !== undefined) this.#sticky.set(key, idOf(chosen));
    return chosen;
  }

  /** Waits until a service, pod or namespace changes, {@link RETRY_MS} have passed, or the signal is aborted. */
  async #untilChange(signal: AbortSignal): Promise<void> {
    const { onDidChange, clock } = this.#options;
    const { promise, resolve } = Promise.withResolvers<void>();
    using owned = new DisposableStore();
    owned.add(onDidChange(() => resolve()));
    owned.add(clock.setTimer(RETRY_MS, resolve));
    owned.add(onAbort(signal, resolve));
    await promise;
  }

  #close(key: string): void {
    const left = this.openConnections(key) - 1;
    if (left > 0) this.#open.set(key, left);
    else this.#open.delete(key);
  }
}

/**
 * Returns whether a pod still exists and is not terminating. Called after a tunnel to the pod was opened, because the
 * pod may have been deleted in the meantime.
 */
function isServing({ pod, directory }: PodEndpoint): boolean {
  const now = directory.pod(pod.metadata.uid ?? '');
  return now !== undefined && !isTerminating(now);
}

function idOf({ pod: { metadata } }: PodEndpoint): string {
  return metadata.uid ?? metadata.name;
}
