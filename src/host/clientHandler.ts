import { randomUUID } from 'node:crypto';
import { type Disposable, DisposableStore, toDisposable } from '../base/disposable.ts';
import { CodedError, usage } from '../base/errors.ts';
import { version } from '../base/version.ts';
import type { ExchangeLog } from '../inspect/exchangeLog.ts';
import type { ContextReference } from '../rpc/clustersContract.ts';
import {
  type InitializeParameters,
  type InitializeResult,
  type LogEntry,
  PROTOCOL_VERSION,
  TERMINAL_CLIENT,
} from '../rpc/contract.ts';
import type { Holder } from '../rpc/holdersContract.ts';
import type { ClientService } from '../rpc/hostServer.ts';
import type { HostNotifications } from '../rpc/outbox.ts';
import type { HostHandlers } from '../rpc/requestHandlers.ts';
import { environmentKey } from './clientEnvironment.ts';
import type { ClientHandlerServices } from './clientHandlerServices.ts';
import { ClientKube } from './clientKube.ts';
import { ClientWatches } from './clientWatches.ts';
import type { ForwardOwner, ForwardUser } from './forwardOwner.ts';
import type { ClientKey } from './holders.ts';

/**
 * The name of the context that `useDemoCluster` returns. The demo cluster's kubeconfig has several contexts, and the
 * user of this context has all permissions.
 */
const DEMO_CONTEXT = 'demo-admin';

/** Handles the requests of one client, and sends notifications to the client. */
export class ClientHandler implements ClientService {
  readonly #services: ClientHandlerServices;
  readonly #notifications: HostNotifications;
  readonly #owned = new DisposableStore();
  readonly #abort = new AbortController();
  readonly #key: ClientKey = Symbol('client');
  readonly #watches: ClientWatches;
  #isTerminal = false;
  #kube: ClientKube | undefined;
  #demo: (Disposable & { readonly kubeconfig: string }) | undefined;

  readonly handlers: HostHandlers = {
    initialize: (parameters) => this.#initialize(parameters),
    handOver: ({ environment }) => {
      this.#owned.add(toDisposable(() => this.#services.end()));
      return this.#services.handOver(environmentKey(environment));
    },
    listContexts: () => this.#client.contexts(),
    setKubeconfigFiles: ({ files }) => this.#client.setFiles(files),
    openView: ({ viewId, scope }) => this.#client.views.open(viewId, scope),
    closeView: ({ viewId }) => this.#client.views.close(viewId),
    refreshView: ({ viewId }) => this.#client.views.refresh(viewId, this.#abort.signal),
    listPorts: (target) => this.#client.listPorts(target, this.#abort.signal),
    startForward: ({ holder, ...specification }) =>
      this.#services.forwards.start(specification, this.#user(holder)),
    releaseForward: ({ holder }) => this.#services.forwards.release(holder),
    stopForward: ({ id }) => this.#services.forwards.stop(id),
    restoreForward: ({ id, holder }) => this.#services.forwards.restore(id, holder, this.#key),
    stopAllForwards: () => this.#stopAll(),
    restartForward: ({ id, plugins }) => this.#services.forwards.restart(id, plugins),
    changeLocalPort: ({ id, port }) => this.#services.forwards.changeLocalPort(id, port),
    setLabel: ({ id, label }) => this.#services.forwards.setLabel(id, label),
    listForwards: () => this.#services.forwards.list(),
    setRequestLog: ({ forward, mode }) => this.#services.forwards.setRequestLog(forward, mode),
    listExchanges: ({ forward }) => this.#exchanges.list(forward),
    watchExchanges: (filter) => this.#watches.watchExchanges(filter),
    unwatchExchanges: () => this.#watches.unwatchExchanges(),
    readExchange: ({ id }) => this.#exchanges.read(id),
    clearExchanges: ({ forward }) => this.#exchanges.clear(forward),
    watchTraffic: (watch) => this.#watches.watchTraffic(watch),
    unwatchTraffic: () => this.#watches.unwatchTraffic(),
    startGateway: ({ holder, ...specification }) =>
      this.#services.gateways.start(specification, this.#user(holder)),
    releaseGateway: ({ holder }) => this.#services.gateways.release(holder),
    stopGateway: ({ id, namespaces }) => this.#services.gateways.stop(id, namespaces),
    restoreGateway: ({ id, holder, context, namespaces }) =>
      this.#services.gateways.restore(id, holder, this.#key, context?.plugins, namespaces),
    listGateways: () => this.#services.gateways.list(),
    setGatewayRequestLog: ({ id, service, mode }) => this.#services.gateways.setRequestLog(id, mode, service),
    gatewayVariables: (parameters) =>
      this.#services.gateways.variables(parameters, this.#client.environment.environment),
    useDemoCluster: () => this.#useDemoCluster(),
    stopDemoCluster: async () => {
      this.#forgetDemo();
      await this.#services.demo.stop();
    },
  };

  constructor(services: ClientHandlerServices, notifications: HostNotifications) {
    this.#services = services;
    this.#notifications = notifications;
    const { requestLog, traffic } = services.inspection;
    this.#watches = this.#owned.add(
      new ClientWatches({ requestLog, traffic, clock: services.clock, notifications }),
    );
    this.#owned.add(toDisposable(() => this.#abort.abort(new CodedError('STOPPED'))));
    this.#owned.add(toDisposable(() => this.#demo?.dispose()));
    this.#owned.add(toDisposable(() => void this.#letGo().catch(() => {})));
  }

  dispose(): void {
    this.#owned.dispose();
  }

  get #exchanges(): ExchangeLog {
    return this.#services.inspection.requestLog.exchanges;
  }

  /**
   * Returns the data with which this client uses a forward or gateway: the holder (the window, terminal or task that
   * uses it), and the environment and the key of the client.
   * @param holder optional, default a new holder of the kind `window`
   */
  #user(holder: Holder = { id: randomUUID(), kind: 'window' }): ForwardUser {
    return { owner: this.#client.environment, client: this.#key, holder };
  }

  /** @throws CodedError `USAGE` before the client has sent `initialize` */
  get #client(): ClientKube {
    if (this.#kube === undefined) throw usage('not initialized');
    return this.#kube;
  }

  #initialize(parameters: InitializeParameters): InitializeResult {
    if (this.#kube !== undefined) throw usage('already initialized');
    if (parameters.protocol !== PROTOCOL_VERSION)
      throw new CodedError('HOST_TOO_NEW', { version, processId: process.pid });
    this.#isTerminal = parameters.client.name === TERMINAL_CLIENT;
    if (parameters.runtime !== undefined) this.#services.keeper.use(parameters.runtime);
    const { environments, forwards, gateways, demo, clock } = this.#services;
    const environment = environments.get(parameters.environment);
    this.#owned.add(environment.retain());
    this.#kube = this.#owned.add(
      new ClientKube({
        environment,
        files: parameters.kubeconfigFiles,
        notifications: this.#notifications,
        clock,
      }),
    );
    this.#owned.add(forwards.onDidChange(() => this.#notifications.forwardsChanged(forwards.list())));
    this.#owned.add(gateways.onDidChange(() => this.#notifications.gatewaysChanged(gateways.list())));
    for (const { onDidLog } of [forwards, gateways]) {
      this.#owned.add(onDidLog((entry) => this.#notifications.logged(entry)));
    }
    this.#owned.add(
      this.#services.onPluginOutput(({ key, user, line }) => {
        if (key === environment.key) this.#notifications.logged(pluginLine(user, line));
      }),
    );
    this.#owned.add(
      demo.onDidEnd((kubeconfig) => {
        if (kubeconfig === this.#demo?.kubeconfig) this.#forgetDemo();
      }),
    );
    this.#startLeft(environment);
    this.#notifications.logged({
      level: 'info',
      event: 'hostStarted',
      arguments: { version, processId: process.pid },
    });
    return {
      protocol: PROTOCOL_VERSION,
      version,
      processId: process.pid,
      ...(this.#services.endsWithUpdate && {
        endsWithUpdate: true,
        survivesUpdate: this.#services.keeper.isElsewhere,
      }),
    };
  }

  /**
   * If an update of the editor ended the previous host, restarts the forwards and gateways that terminals had started
   * with `--detach` in that host. Their holders get a new client key instead of the key of this client. Otherwise, if
   * this client is a terminal command that is stopped early, the host would release these holders too. Ignores errors,
   * because the states of the forwards and gateways contain them.
   */
  #startLeft(owner: ForwardOwner): void {
    const left = this.#services.takeLeft(owner.key);
    const client = Symbol('left');
    for (const { holder, ...specification } of left.forwards) {
      if (holder !== undefined)
        this.#services.forwards.start(specification, { owner, holder, client }).catch(() => {});
    }
    for (const { holder, ...specification } of left.gateways) {
      if (holder !== undefined)
        this.#services.gateways.start(specification, { owner, holder, client }).catch(() => {});
    }
  }

  async #useDemoCluster(): Promise<ContextReference> {
    const client = this.#client;
    if (this.#demo === undefined) {
      const demo = await this.#services.demo.use();
      if (this.#owned.isDisposed || this.#demo !== undefined) demo.dispose();
      else this.#demo = demo;
      client.setDemo(demo.kubeconfig);
    }
    return { kubeconfig: this.#demo?.kubeconfig ?? '', context: DEMO_CONTEXT };
  }

  async #stopAll(): Promise<number> {
    const { forwards, gateways } = this.#services;
    const [stopped, closed] = await Promise.all([forwards.stopAll(), gateways.stopAll()]);
    return stopped + closed;
  }

  async #letGo(): Promise<void> {
    const { forwards, gateways } = this.#services;
    await Promise.all(
      [forwards, gateways].map((manager) =>
        this.#isTerminal ? manager.terminalGone(this.#key) : manager.clientGone(this.#key),
      ),
    );
  }

  #forgetDemo(): void {
    this.#demo?.dispose();
    this.#demo = undefined;
    this.#kube?.setDemo(undefined);
  }
}

function pluginLine(user: string, line: string): LogEntry {
  return { level: 'info', event: 'credentialsOutput', arguments: { user, line } };
}
