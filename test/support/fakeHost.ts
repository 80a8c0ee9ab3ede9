import { ResponseError } from 'vscode-jsonrpc';
import { type Disposable, toDisposable } from '../../src/base/disposable.ts';
import type { ErrorArguments, ErrorCode } from '../../src/base/errors.ts';
import { CodedError } from '../../src/base/errors.ts';
import { Emitter } from '../../src/base/event.ts';
import { NO_TRAFFIC } from '../../src/kinds/forwardCounters.ts';
import type { DeclaredPort } from '../../src/kinds/ports.ts';
import {
  type ContextReference,
  type ContextsSnapshot,
  closeView,
  contextsChanged,
  isSameContext,
  listContexts,
  listPorts,
  openView,
  type Row,
  refreshView,
  type ViewScope,
  viewChanged,
} from '../../src/rpc/clustersContract.ts';
import { type LogEntry, logged, PROTOCOL_VERSION, useDemoCluster } from '../../src/rpc/contract.ts';
import {
  type ForwardSnapshot,
  type ForwardSpecification,
  forwardsChanged,
  listForwards,
  releaseForward,
  restartForward,
  restoreForward,
  type StartForward,
  startForward,
  stopAllForwards,
  stopForward,
} from '../../src/rpc/forwardsContract.ts';
import {
  type GatewaySnapshot,
  gatewaysChanged,
  listGateways,
  type RestoreGateway,
  releaseGateway,
  restoreGateway,
  type StartGateway,
  type StopGateway,
  startGateway,
  stopGateway,
} from '../../src/rpc/gatewayContract.ts';
import type { HostClient } from '../../src/rpc/hostClient.ts';
import type { ErrorInfo, NotificationType, RequestType, RequestType0 } from '../../src/rpc/messages.ts';
import type { HostLauncher } from '../../src/ui/host/hostConnector.ts';

/** Returns the rows for a part of the Clusters tree, such as the pods of a namespace, or an error instead of rows. */
export type FakeRows = (scope: ViewScope) => readonly Row[] | ErrorInfo;

/**
 * Acts as the forward host within the process of the test. Records the requests of the contracts in `src/rpc`, and
 * answers them from its fields, which a test can change.
 */
export class FakeHost implements HostLauncher {
  contexts: ContextsSnapshot = { contexts: [], problems: [] };
  rows: FakeRows = () => [];
  /** The ports of every target. If undefined, listing the ports fails. */
  ports: readonly DeclaredPort[] | undefined;
  demo: ContextReference = { kubeconfig: '', context: 'demo' };
  /** Decides how a forward starts. Default: ready on its preferred port. */
  startForward: (
    specification: ForwardSpecification,
    id: string,
  ) => ForwardSnapshot | Promise<ForwardSnapshot> = readyForward;
  /** Returns the snapshot of a forward after its restart. Default: unchanged. */
  restartForward: (forward: ForwardSnapshot) => ForwardSnapshot = (forward) => forward;
  forwards: readonly ForwardSnapshot[] = [];
  /** The stopped forwards that a `restoreForward` request can restore. */
  stopped: readonly ForwardSnapshot[] = [];
  /** Decides how a gateway starts. Default: ready on its preferred port. */
  startGateway: (start: StartGateway, id: string) => GatewaySnapshot = readyGateway;
  gateways: readonly GatewaySnapshot[] = [];
  /** Whether the rows that the host sends are complete. False: the host is still listing the objects of the cluster. */
  isLoaded = true;
  /**
   * Whether the host is running. {@link FakeHost.joinOrStart} sets this to true. A test may set this to true earlier.
   */
  isRunning = false;
  starts = 0;
  /** A test's own request handlers, by method. Each replaces this class's handler for the method. */
  readonly answers = new Map<string, (parameters: never) => unknown>();
  readonly openViews = new Map<number, ViewScope>();
  readonly requests: { readonly method: string; readonly parameters: unknown }[] = [];
  readonly #connections = new Set<FakeConnection>();
  #lastId = 0;
  #stoppedGateways: readonly GatewaySnapshot[] = [];

  async joinOrRestore(): Promise<HostClient | undefined> {
    return this.isRunning ? this.#open() : undefined;
  }

  async joinOrStart(): Promise<HostClient> {
    if (!this.isRunning) this.starts += 1;
    this.isRunning = true;
    return this.#open();
  }

  /** Closes all connections to clients and drops all forwards and gateways, as when the host process dies. */
  die(): void {
    this.isRunning = false;
    this.forwards = [];
    this.gateways = [];
    this.openViews.clear();
    for (const connection of [...this.#connections]) connection.close();
  }

  /** Returns the parameters of all requests of a type. */
  sent<P, R>(type: RequestType<P, R>): readonly P[] {
    return this.requests
      .filter(({ method }) => method === type.method)
      .map(({ parameters }) => parameters as P);
  }

  get forwardIds(): readonly string[] {
    return this.forwards.map(({ id }) => id);
  }

  setForwards(forwards: readonly ForwardSnapshot[]): void {
    this.forwards = forwards;
    this.notify(forwardsChanged, forwards);
  }

  setGateways(gateways: readonly GatewaySnapshot[]): void {
    this.gateways = gateways;
    this.notify(gatewaysChanged, gateways);
  }

  setContexts(contexts: ContextsSnapshot): void {
    this.contexts = contexts;
    this.notify(contextsChanged, contexts);
  }

  log(entry: LogEntry): void {
    this.notify(logged, entry);
  }

  /** Sends the current rows for each part of the Clusters tree that is open. */
  push(): void {
    for (const viewId of this.openViews.keys()) this.#sendView(viewId);
  }

  notify<P>(type: NotificationType<P>, parameters: P): void {
    for (const connection of this.#connections) connection.notify(type.method, parameters);
  }

  #open(): HostClient {
    const connection = new FakeConnection(
      (method, parameters) => this.#answer(method, parameters),
      () => this.#connections.delete(connection),
    );
    this.#connections.add(connection);
    return connection;
  }

  async #answer(method: string, parameters: unknown): Promise<unknown> {
    this.requests.push({ method, parameters });
    // Answers later, not during the call of the sender. A real host's response never arrives during that call either.
    await Promise.resolve();
    const handler = this.answers.get(method) ?? this.#handlers[method];
    if (handler === undefined) throw new Error(`the fake host does not know ${method}`);
    return handler(structuredClone(parameters) as never);
  }

  readonly #handlers: Readonly<Record<string, (parameters: never) => unknown>> = {
    [listContexts.method]: () => this.contexts,
    [openView.method]: ({ viewId, scope }: { viewId: number; scope: ViewScope }) => {
      this.openViews.set(viewId, scope);
      queueMicrotask(() => this.#sendView(viewId));
    },
    [closeView.method]: ({ viewId }: { viewId: number }) => this.openViews.delete(viewId),
    [refreshView.method]: ({ viewId }: { viewId: number }) => {
      if (!this.openViews.has(viewId)) throw toResponseError('VIEW_NOT_FOUND', { viewId });
      this.#sendView(viewId);
    },
    [listPorts.method]: () => {
      if (this.ports === undefined) throw toResponseError('POD_NOT_FOUND', {});
      return this.ports;
    },
    [listForwards.method]: () => this.forwards,
    [startForward.method]: async ({ holder, ...specification }: StartForward) => {
      const found = await this.startForward(specification, String(++this.#lastId));
      const known = this.forwards.find(({ id }) => id === found.id);
      const others = this.forwards.filter(({ id }) => id !== found.id);
      const holders = [...(known ?? found).holders, ...(holder === undefined ? [] : [holder])];
      const forward = { ...found, holders };
      this.setForwards([...others, forward]);
      return forward;
    },
    [releaseForward.method]: ({ holder }: { holder: string }) => {
      const left = this.forwards.map((forward) => ({
        ...forward,
        holders: forward.holders.filter(({ id }) => id !== holder),
      }));
      this.setForwards(
        left.filter(({ holders }, index) => holders.length > 0 || !this.#isHeldBy(index, holder)),
      );
    },
    [restartForward.method]: ({ id }: { id: string }) => {
      const forward = this.forwards.find((candidate) => candidate.id === id);
      if (forward === undefined) throw toResponseError('FORWARD_NOT_FOUND', { id });
      const restarted = this.restartForward(forward);
      this.setForwards(this.forwards.map((candidate) => (candidate === forward ? restarted : candidate)));
      return restarted;
    },
    [restoreForward.method]: ({ id }: { id: string }) => {
      const forward = this.stopped.find((candidate) => candidate.id === id);
      if (forward === undefined) throw toResponseError('FORWARD_NOT_FOUND', { id });
      this.setForwards([...this.forwards, forward]);
      return forward;
    },
    [stopForward.method]: ({ id }: { id: string }) => {
      if (!this.forwardIds.includes(id)) throw new CodedError('FORWARD_NOT_FOUND', { id });
      this.setForwards(this.forwards.filter((forward) => forward.id !== id));
    },
    [stopAllForwards.method]: () => {
      const count = this.forwards.length + this.gateways.length;
      this.setForwards([]);
      this.setGateways([]);
      return count;
    },
    [useDemoCluster.method]: () => this.demo,
    [listGateways.method]: () => this.gateways,
    [startGateway.method]: (start: StartGateway) => {
      const known = this.gateways.find(({ specification }) =>
        isSameContext(specification.context, start.context),
      );
      const namespaces = [...new Set([...(known?.specification.namespaces ?? []), ...start.namespaces])];
      const opened = this.startGateway({ ...start, namespaces }, known?.id ?? `gateway-${++this.#lastId}`);
      const holder = { ...start.holder, namespaces: start.namespaces } as GatewaySnapshot['holders'][number];
      const others = known?.holders.filter(({ id }) => id !== holder.id) ?? [];
      const gateway = { ...opened, holders: [...others, holder] };
      this.setGateways([...this.gateways.filter((one) => one !== known), gateway]);
      return gateway;
    },
    [releaseGateway.method]: ({ holder }: { holder: string }) => {
      const left = this.gateways.map((gateway) => ({
        ...gateway,
        holders: gateway.holders.filter(({ id }) => id !== holder),
      }));
      this.setGateways(left.filter(({ holders }) => holders.length > 0));
    },
    [stopGateway.method]: ({ id, namespaces }: StopGateway) => {
      if (namespaces !== undefined) return this.#closeNamespaces(id, namespaces);
      this.#stoppedGateways = this.gateways.filter((gateway) => gateway.id === id);
      this.setGateways(this.gateways.filter((gateway) => gateway.id !== id));
    },
    [restoreGateway.method]: ({ id }: RestoreGateway) => {
      const gateway = this.#stoppedGateways.find((one) => one.id === id);
      if (gateway === undefined) throw toResponseError('FORWARD_NOT_FOUND', { id });
      const { specification, state, holders } = gateway;
      const isFailed = state.type === 'failed';
      const again = isFailed ? { ...this.startGateway(specification, id), holders } : gateway;
      this.setGateways([...this.gateways.filter((one) => one.id !== id), again]);
      return again;
    },
  };

  #closeNamespaces(id: string, closed: readonly string[]): void {
    const open = <T extends { readonly namespaces: readonly string[] }>(one: T): T => ({
      ...one,
      namespaces: one.namespaces.filter((name) => !closed.includes(name)),
    });
    const left = ({ specification, holders, ...gateway }: GatewaySnapshot): GatewaySnapshot => ({
      ...{ ...gateway, specification: open(specification) },
      holders: holders.map(open).filter(({ namespaces }) => namespaces.length > 0),
    });
    this.#stoppedGateways = this.gateways.filter((gateway) => gateway.id === id);
    this.setGateways(this.gateways.map((gateway) => (gateway.id === id ? left(gateway) : gateway)));
  }

  #isHeldBy(index: number, holder: string): boolean {
    return this.forwards[index]?.holders.some(({ id }) => id === holder) === true;
  }

  #sendView(viewId: number): void {
    const scope = this.openViews.get(viewId);
    if (scope === undefined) return;
    const found = this.rows(scope);
    if (!isRows(found)) {
      this.notify(viewChanged, { viewId, rows: [], matching: 0, total: 0, isLoaded: false, error: found });
      return;
    }
    const filter = 'filter' in scope ? (scope.filter ?? '').toLowerCase() : '';
    const matching = found.filter((row) => row.name.includes(filter));
    const rows = 'limit' in scope ? matching.slice(0, scope.limit) : matching;
    this.notify(viewChanged, {
      viewId,
      rows,
      matching: matching.length,
      total: found.length,
      isLoaded: this.isLoaded,
    });
  }
}

class FakeConnection implements HostClient {
  readonly host = { protocol: PROTOCOL_VERSION, version: 'fake', processId: 0 };
  readonly #answer: (method: string, parameters: unknown) => Promise<unknown>;
  readonly #onDispose: () => void;
  readonly #closed = new Emitter<void>();
  readonly #listeners = new Map<string, Set<(parameters: unknown) => void>>();
  readonly replaced = undefined;
  readonly onDidClose = this.#closed.event;

  constructor(answer: (method: string, parameters: unknown) => Promise<unknown>, onDispose: () => void) {
    this.#answer = answer;
    this.#onDispose = onDispose;
  }

  request<R>(type: RequestType0<R>): Promise<R>;
  request<P, R>(type: RequestType<P, R>, parameters: P): Promise<R>;
  async request(type: { readonly method: string }, parameters?: unknown): Promise<never> {
    return (await this.#answer(type.method, parameters)) as never;
  }

  onNotification<P>(type: NotificationType<P>, listener: (parameters: P) => void): Disposable {
    const listeners = this.#listeners.get(type.method) ?? new Set();
    this.#listeners.set(type.method, listeners);
    const entry = (parameters: unknown): void => listener(structuredClone(parameters) as P);
    listeners.add(entry);
    return toDisposable(() => listeners.delete(entry));
  }

  notify(method: string, parameters: unknown): void {
    for (const listener of this.#listeners.get(method) ?? []) listener(parameters);
  }

  close(): void {
    this.#onDispose();
    this.#closed.fire();
  }

  dispose(): void {
    this.#onDispose();
    this.#closed.dispose();
  }
}

/** Returns the snapshot of a forward that is ready. */
export function readyForward(specification: ForwardSpecification, id: string): ForwardSnapshot {
  const { target, remotePort, localPort } = specification;
  const port = localPort.port === 0 ? 50_000 : localPort.port;
  return {
    id,
    specification,
    state: {
      type: 'ready',
      pod: target.kind === 'pod' ? target.name : `${target.name}-0`,
      transport: 'spdy',
    },
    holders: [],
    localAddress: `127.0.0.1:${port}`,
    localPort: port,
    ...(typeof remotePort === 'number' ? { remotePort } : {}),
    counts: NO_TRAFFIC,
  };
}

/** Returns the snapshot of a gateway that is ready. Each namespace has a service `web`. */
export function readyGateway(
  { context, namespaces, localPort: { mode, port } }: StartGateway,
  id: string,
): GatewaySnapshot {
  const localPort = port === 0 ? 50_000 : port;
  return {
    id,
    specification: { context, namespaces, localPort: { mode, port } },
    state: { type: 'ready' },
    namespaces: namespaces.map((name) => ({ name, isLoaded: true })),
    services: namespaces.map((namespace) => {
      const url = `http://web.${namespace}.localhost:${localPort}/`;
      const ports = [{ name: 'http', number: 80, protocol: 'TCP', url }];
      const pods = { readyPods: 2, pods: 2, hasSelector: true, openConnections: 0 };
      return { namespace, name: 'web', url, ports, ...pods };
    }),
    holders: [],
    slug: 'dev',
    localAddress: `127.0.0.1:${localPort}`,
    localPort,
    url: `http://localhost:${localPort}/`,
    proxyUrl: `http://127.0.0.1:${localPort}`,
    socksUrl: `socks5h://127.0.0.1:${localPort}`,
    counts: NO_TRAFFIC,
  };
}

function toResponseError(code: ErrorCode, args: ErrorArguments): ResponseError<ErrorInfo> {
  return new ResponseError(-32_000, code, { code, arguments: args });
}

function isRows(found: readonly Row[] | ErrorInfo): found is readonly Row[] {
  return Array.isArray(found);
}
