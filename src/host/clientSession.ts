import { randomUUID } from 'node:crypto';
import { type Disposable, DisposableStore, toDisposable } from '../base/disposable.ts';
import { CodedError } from '../base/errors.ts';
import { version } from '../base/version.ts';
import {
  type ContextReference,
  type ContextsSnapshot,
  type ForwardSnapshot,
  type Holder,
  type InitializeParameters,
  type InitializeResult,
  type LogEntry,
  type PortRow,
  PROTOCOL_VERSION,
  type RestartForward,
  type RetireResult,
  type StartForward,
  type TargetReference,
  TERMINAL_CLIENT,
  type ViewScope,
} from '../rpc/contract.ts';
import type {
  Exchange,
  ExchangeDetails,
  ExchangeFilter,
  SetRequestLog,
  TrafficSample,
  WatchTraffic,
} from '../rpc/exchanges.ts';
import type { ClientService } from '../rpc/hostServer.ts';
import type { HostNotices } from '../rpc/verbs.ts';
import { environmentKey } from './clientEnvironment.ts';
import { ClientKube } from './clientKube.ts';
import { ClientWatches } from './clientWatches.ts';
import type { ClientKey } from './holders.ts';
import type { HostParts } from './hostParts.ts';

/** The context of the demo cluster's kubeconfig that may do everything. */
const DEMO_CONTEXT = 'demo-admin';

/** The service of the host for one client: a window or a terminal. */
export class ClientSession implements ClientService {
  readonly #parts: HostParts;
  readonly #notices: HostNotices;
  readonly #owned = new DisposableStore();
  readonly #abort = new AbortController();
  readonly #key: ClientKey = Symbol('client');
  readonly #watches: ClientWatches;
  #isTerminal = false;
  #kube: ClientKube | undefined;
  #demo: (Disposable & { readonly kubeconfig: string }) | undefined;

  constructor(parts: HostParts, notices: HostNotices) {
    this.#parts = parts;
    this.#notices = notices;
    const { requestLog, traffic } = parts.forwards;
    this.#watches = this.#owned.add(new ClientWatches({ requestLog, traffic, clock: parts.clock, notices }));
    this.#owned.add(toDisposable(() => this.#abort.abort(new CodedError('STOPPED'))));
    this.#owned.add(toDisposable(() => this.#demo?.dispose()));
    this.#owned.add(toDisposable(() => void this.#letGo().catch(() => {})));
  }

  initialize(parameters: InitializeParameters): Promise<InitializeResult> {
    if (this.#kube !== undefined) throw new CodedError('USAGE', { reason: 'already initialized' });
    if (parameters.protocol !== PROTOCOL_VERSION) throw new CodedError('HOST_TOO_NEW', { version });
    this.#isTerminal = parameters.client.name === TERMINAL_CLIENT;
    if (parameters.runtime !== undefined) this.#parts.keeper.use(parameters.runtime);
    const { environments, forwards, demo, clock } = this.#parts;
    const environment = environments.get(parameters.environment);
    this.#owned.add(environment.retain());
    this.#kube = this.#owned.add(
      new ClientKube({ environment, files: parameters.kubeconfigFiles, notices: this.#notices, clock }),
    );
    this.#owned.add(forwards.onDidChange(() => this.#notices.forwardsChanged(forwards.list())));
    this.#owned.add(forwards.onDidLog((entry) => this.#notices.logged(entry)));
    this.#owned.add(
      this.#parts.onPluginOutput(({ key, user, line }) => {
        if (key === environment.key) this.#notices.logged(pluginLine(user, line));
      }),
    );
    this.#owned.add(demo.onDidEnd(() => this.#forgetDemo()));
    for (const { holder, ...specification } of this.#parts.takeLeft(environment.key)) {
      if (holder === undefined) continue;
      // A client of nobody: they outlive the one that brings them back. Their states tell the result.
      forwards.start(specification, { owner: environment, holder, client: Symbol('left') }).catch(() => {});
    }
    this.#notices.logged({
      level: 'info',
      event: 'hostStarted',
      arguments: { version, processId: process.pid },
    });
    return Promise.resolve({
      protocol: PROTOCOL_VERSION,
      version,
      processId: process.pid,
      ...(this.#parts.endsWithUpdate && {
        endsWithUpdate: true,
        survivesUpdate: this.#parts.keeper.isElsewhere,
      }),
    });
  }

  retire({ environment }: Pick<InitializeParameters, 'environment'>): Promise<RetireResult> {
    this.#owned.add(toDisposable(() => this.#parts.end()));
    return this.#parts.retire(environmentKey(environment));
  }

  listContexts(): Promise<ContextsSnapshot> {
    return this.#client.contexts();
  }

  setKubeconfigFiles({ files }: { readonly files: readonly string[] }): Promise<void> {
    this.#client.setFiles(files);
    return Promise.resolve();
  }

  openView({ viewId, scope }: { readonly viewId: number; readonly scope: ViewScope }): Promise<void> {
    this.#client.views.open(viewId, scope);
    return Promise.resolve();
  }

  closeView({ viewId }: { readonly viewId: number }): Promise<void> {
    this.#client.views.close(viewId);
    return Promise.resolve();
  }

  refreshView({ viewId }: { readonly viewId: number }): Promise<void> {
    return this.#client.views.refresh(viewId, this.#abort.signal);
  }

  listPorts(target: TargetReference): Promise<readonly PortRow[]> {
    return this.#client.listPorts(target, this.#abort.signal);
  }

  startForward({ holder, ...specification }: StartForward): Promise<ForwardSnapshot> {
    const { environment: owner } = this.#client;
    return this.#parts.forwards.start(specification, {
      ...{ owner, client: this.#key },
      holder: holder ?? { id: randomUUID(), kind: 'window' },
    });
  }

  releaseForward({ holder }: { readonly holder: string }): Promise<void> {
    return this.#parts.forwards.release(holder);
  }

  async stopForward({ id }: { readonly id: string }): Promise<void> {
    await this.#parts.forwards.stop(id);
  }

  restoreForward({ id, holder }: { readonly id: string; readonly holder: Holder }): Promise<ForwardSnapshot> {
    return this.#parts.forwards.restore(id, holder, this.#key);
  }

  stopAllForwards(): Promise<number> {
    return this.#parts.forwards.stopAll();
  }

  restartForward({ id, plugins }: RestartForward): Promise<ForwardSnapshot> {
    return this.#parts.forwards.restart(id, plugins);
  }

  changeLocalPort({ id, port }: { readonly id: string; readonly port: number }): Promise<ForwardSnapshot> {
    return this.#parts.forwards.changeLocalPort(id, port);
  }

  setLabel({ id, label }: { readonly id: string; readonly label: string }): Promise<void> {
    this.#parts.forwards.setLabel(id, label);
    return Promise.resolve();
  }

  listForwards(): Promise<readonly ForwardSnapshot[]> {
    return Promise.resolve(this.#parts.forwards.list());
  }

  setRequestLog({ forward, mode }: SetRequestLog): Promise<void> {
    this.#parts.forwards.setRequestLog(forward, mode);
    return Promise.resolve();
  }

  listExchanges({ forward }: ExchangeFilter): Promise<readonly Exchange[]> {
    return Promise.resolve(this.#parts.forwards.requestLog.exchanges.list(forward));
  }

  watchExchanges(filter: ExchangeFilter): Promise<readonly Exchange[]> {
    return Promise.resolve(this.#watches.watchExchanges(filter));
  }

  unwatchExchanges(): Promise<void> {
    this.#watches.unwatchExchanges();
    return Promise.resolve();
  }

  readExchange({ id }: { readonly id: number }): Promise<ExchangeDetails> {
    return this.#parts.forwards.requestLog.exchanges.read(id);
  }

  clearExchanges({ forward }: ExchangeFilter): Promise<void> {
    this.#parts.forwards.requestLog.exchanges.clear(forward);
    return Promise.resolve();
  }

  watchTraffic(watch: WatchTraffic): Promise<readonly TrafficSample[]> {
    return Promise.resolve(this.#watches.watchTraffic(watch));
  }

  unwatchTraffic(): Promise<void> {
    this.#watches.unwatchTraffic();
    return Promise.resolve();
  }

  async startDemoCluster(): Promise<ContextReference> {
    const client = this.#client;
    if (this.#demo === undefined) {
      const demo = await this.#parts.demo.use();
      if (this.#owned.isDisposed || this.#demo !== undefined) demo.dispose();
      else this.#demo = demo;
      client.setDemo(demo.kubeconfig);
    }
    return { kubeconfig: this.#demo?.kubeconfig ?? '', context: DEMO_CONTEXT };
  }

  async stopDemoCluster(): Promise<void> {
    this.#forgetDemo();
    await this.#parts.demo.stop();
  }

  dispose(): void {
    this.#owned.dispose();
  }

  /** @throws CodedError where the client has not introduced itself */
  get #client(): ClientKube {
    if (this.#kube === undefined) throw new CodedError('USAGE', { reason: 'not initialized' });
    return this.#kube;
  }

  #letGo(): Promise<void> {
    const { forwards } = this.#parts;
    return this.#isTerminal ? forwards.terminalGone(this.#key) : forwards.clientGone(this.#key);
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
