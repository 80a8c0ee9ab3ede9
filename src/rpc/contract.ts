import type { ErrorArguments, ErrorCode } from '../base/errors.ts';
import type { RequestLogMode } from '../kinds/exchange.ts';
import type { ForwardCounters } from '../kinds/forwardCounters.ts';
import type { ForwardNotice } from '../kinds/forwardNotice.ts';
import type { DeclaredPort, LocalAddress } from '../kinds/ports.ts';
import type { Target } from '../kinds/target.ts';
import type { WorkloadKind } from '../kinds/targetKinds.ts';
import type { TransportName } from '../kinds/transports.ts';

export type { DeclaredPort } from '../kinds/ports.ts';

/** A message between client and host, identified by its name on the wire. */
class MessageType {
  readonly method: string;

  constructor(method: string) {
    this.method = method;
  }
}

/** A request that takes parameters. */
export class RequestType<P, R> extends MessageType {
  declare protected readonly types: (parameters: P) => R;
}

/** A request without parameters. */
export class RequestType0<R> extends MessageType {
  declare protected readonly types: () => R;
}

/** A message that a host sends without a request. */
export class NotificationType<P> extends MessageType {
  declare protected readonly types: (parameters: P) => void;
}

/**
 * All messages between a client (a window or a terminal) and the forward host. They contain no credentials, with one exception:
 * a client sends its environment, which exec plugins need and which the host keeps in memory only. A host serves every client
 * with the same protocol number; a message that changes its meaning raises the number.
 */
export const PROTOCOL_VERSION = 6;

/** An error for a person. The window translates it by its code. */
export interface ErrorInfo {
  readonly code: ErrorCode;
  readonly arguments: ErrorArguments;
}

// ---- Getting to know each other

/** The name of the terminal command in {@link InitializeParameters}. */
export const TERMINAL_CLIENT = 'cli';

export interface InitializeParameters {
  readonly protocol: number;
  /** For the host's log: `vscode` or `cli`, and the version. */
  readonly client: { readonly name: string; readonly version: string };
  /** The client's environment, in which kubeconfigs, proxies and exec plugins are looked up. */
  readonly environment: Readonly<Record<string, string>>;
  /** Kubeconfig files in addition to those of `KUBECONFIG` and the home folder. */
  readonly kubeconfigFiles: readonly string[];
  /**
   * The path of a Node that no update of the editor ends, from a terminal on Windows. This Node restores forwards of terminals
   * when the host's own program ends. Optional, default the host's program.
   */
  readonly runtime?: string;
}

export interface InitializeResult {
  readonly protocol: number;
  readonly version: string;
  readonly processId: number;
  /** Whether an update of the editor ends the host, which runs in the editor's own program. Optional, default false. */
  readonly endsWithUpdate?: boolean;
  /** Whether the forwards of terminals come back after that. Optional, default false. */
  readonly survivesUpdate?: boolean;
}

export const initialize = new RequestType<InitializeParameters, InitializeResult>('initialize');

export interface HandOverResult {
  /**
   * The forwards of an environment equal to the client's, as requests that start them again on the same local ports. Forwards
   * that only tasks, extensions or tools held are not included, because their windows start them again.
   */
  readonly forwards: readonly StartForward[];
  /** The opened namespaces in the same form. Optional: older hosts have none. */
  readonly gateways?: readonly StartGateway[];
  /** The number of other stopped forwards. */
  readonly others: number;
}

/**
 * Makes the host stop its forwards and end, so that a host with a newer protocol can take its place. Hosts of every protocol
 * understand this form, before `initialize`.
 */
export const handOver = new RequestType<Pick<InitializeParameters, 'environment'>, HandOverResult>(
  'host/retire',
);

// ---- Clusters

/** A context of one kubeconfig: two files may have contexts of the same name. */
export interface ContextReference {
  /** The path of the kubeconfig that defines the context; empty for the merged default (KUBECONFIG or the home folder). */
  readonly kubeconfig: string;
  readonly context: string;
  /** The plugins that the client allows. Optional, default every plugin, as for kubectl. */
  readonly plugins?: PluginTerms;
}

/** Returns a text that identifies a context of a file. */
export function contextKey({ kubeconfig, context }: ContextReference): string {
  return `${kubeconfig}\u0000${context}`;
}

/** Whether both are the same context of the same file. */
export function isSameContext(a: ContextReference, b: ContextReference): boolean {
  return contextKey(a) === contextKey(b);
}

/**
 * The exec plugins that a window allows for a context. The host checks them each time it has read the kubeconfig: a file of the
 * workspace may change with each pull, and then names a plugin that nobody has allowed.
 */
export interface PluginTerms extends WorkspacePlaces {
  /** The identity of the context whose plugin may run, from {@link ContextRow}. Optional, default none. */
  readonly allowed?: string;
}

/** The places of kubeconfigs that a workspace controls. Paths are absolute. */
export interface WorkspacePlaces {
  /** Folders of the workspace. Their files can change with every pull. */
  readonly folders: readonly string[];
  /** Files from the workspace settings that are not in the user settings. */
  readonly named: readonly string[];
}

export interface ContextRow extends ContextReference {
  readonly cluster: string;
  readonly user: string;
  /** The namespace of the context; `default` if the context has none. */
  readonly namespace: string;
  readonly isCurrent: boolean;
  readonly server: string;
  /**
   * The files that define the context, its cluster and its user, by their own paths and by the targets of symbolic links.
   * Optional: older hosts do not send them.
   */
  readonly files?: readonly string[];
  /** The exec plugin of the user. Missing if there is none. */
  readonly plugin?: string;
  /** A hash of the server and the plugin. An approval is valid for one hash. */
  readonly identity?: string;
}

export interface NamespaceRow {
  readonly type: 'namespace';
  readonly name: string;
  readonly phase: string;
}

export interface PodRow {
  readonly type: 'pod';
  readonly name: string;
  /** The STATUS column of kubectl: `Running`, `CrashLoopBackOff`, `Terminating`, … */
  readonly status: string;
  readonly phase: string;
  readonly isReady: boolean;
  readonly readyContainers: number;
  readonly containers: number;
  readonly restarts: number;
  readonly node?: string;
  readonly ip?: string;
  /** RFC 3339. */
  readonly createdAt: string;
  readonly containerNames: readonly string[];
  readonly ports: readonly DeclaredPort[];
}

export interface ServiceRow {
  readonly type: 'service';
  readonly name: string;
  readonly serviceType: string;
  readonly clusterIp?: string;
  readonly hasSelector: boolean;
  /** Whether any pod serves it. Missing if the user may not read EndpointSlices. */
  readonly hasEndpoints?: boolean;
  readonly ports: readonly DeclaredPort[];
}

export interface WorkloadRow {
  readonly type: 'workload';
  readonly kind: WorkloadKind;
  readonly name: string;
  readonly ready: number;
  readonly desired: number;
  /** `Complete`, `Failed` or `Suspended`, for a Job that runs no pods. */
  readonly status?: string;
  readonly ports: readonly DeclaredPort[];
}

export type Row = NamespaceRow | PodRow | ServiceRow | WorkloadRow;

/** The content of a view, which the host watches in the cluster while the view is open. */
export type ViewScope =
  | { readonly type: 'namespaces'; readonly context: ContextReference }
  | {
      readonly type: 'pods' | 'services' | 'workloads';
      readonly context: ContextReference;
      readonly namespace: string;
      /** Shows only names that contain this text. Optional. */
      readonly filter?: string;
      /** The most rows to send, in the order of their names. */
      readonly limit: number;
    };

/** The current rows of a view, sent at the start and after changes, in at most about ten batches a second. */
export interface ViewSnapshot {
  readonly viewId: number;
  /** The first `limit` rows that pass the filter, by name. */
  readonly rows: readonly Row[];
  /** The number of rows that pass the filter. */
  readonly matching: number;
  readonly total: number;
  /** Whether the first list is complete. */
  readonly isLoaded: boolean;
  /** The reason why rows are missing or out of date. */
  readonly error?: ErrorInfo;
}

export interface ContextsSnapshot {
  readonly contexts: readonly ContextRow[];
  /** Unusable files and entries, each with its reason. */
  readonly problems: readonly { readonly kubeconfig: string; readonly error: ErrorInfo }[];
}

/** Contexts of every kubeconfig; {@link contextsChanged} follows when a file changes. */
export const listContexts = new RequestType0<ContextsSnapshot>('clusters/listContexts');
/** The window's settings changed. */
export const setKubeconfigFiles = new RequestType<{ readonly files: readonly string[] }, void>(
  'clusters/setKubeconfigFiles',
);
export const contextsChanged = new NotificationType<ContextsSnapshot>('clusters/contextsChanged');
/** Opens a view, or changes the scope of an open view. The client chooses the IDs. */
export const openView = new RequestType<{ readonly viewId: number; readonly scope: ViewScope }, void>(
  'clusters/openView',
);
export const closeView = new RequestType<{ readonly viewId: number }, void>('clusters/closeView');
/** Lists again now, for a refresh or after a failure. */
export const refreshView = new RequestType<{ readonly viewId: number }, void>('clusters/refreshView');
export const viewChanged = new NotificationType<ViewSnapshot>('clusters/viewChanged');
/** Lists the ports that a target declares. */
export const listPorts = new RequestType<TargetReference, readonly DeclaredPort[]>('clusters/listPorts');

// ---- Forwards

export type TargetReference = Target & {
  readonly context: ContextReference;
  readonly namespace: string;
};

export interface ForwardSpecification {
  readonly target: TargetReference;
  /** Port number or name, as the target declares it. */
  readonly remotePort: number | string;
  /**
   * The local port: `exact` takes this port or fails, `preferred` takes another if the port is not free.
   * 0 is any free port.
   */
  readonly localPort: { readonly mode: 'exact' | 'preferred'; readonly port: number };
  /** `localhost` or an IP address of this machine. */
  readonly address: string;
  readonly label?: string;
  /** The name that the target declares for a port that is given by number, which tells windows the protocol. Optional. */
  readonly portName?: string;
  /** The `appProtocol` of a Service's port. Optional. */
  readonly appProtocol?: string;
  readonly transport?: TransportName;
  /** How long the first attempt waits for a pod, in milliseconds. Optional, default the host's own limit. */
  readonly podRunningTimeoutMs?: number;
  /** How long to wait for a target that is deleted after it was reached. Optional, default 10 minutes. 0: not at all. */
  readonly waitForTargetMs?: number;
  /** True to forward only to Ready pods. Optional, default false: without a Ready pod, the start uses one that is not Ready. */
  readonly requiresReady?: boolean;
  /** A text of the client's choice, by which the client recognizes its forward before the answer arrives. */
  readonly clientToken?: string;
  /** The request log of the forward. Optional, default `off`. Joining a forward switches its log on, never off. */
  readonly requestLog?: RequestLogMode;
}

/** The kinds of users of a forward, and how long each holds it. */
export const HOLDER_LIFETIMES = {
  /** A person started the forward in a window. Such forwards outlive windows and end with the host. */
  window: 'host',
  task: 'client',
  /** Another extension, through the API. */
  extension: 'client',
  /** A chat agent. */
  tool: 'client',
  /** A person started the forward in a terminal with --detach. The host keeps running for it, even without clients. */
  terminal: 'always',
} as const satisfies Record<string, 'client' | 'host' | 'always'>;

export type HolderKind = keyof typeof HOLDER_LIFETIMES;

/** One user of a forward. A forward runs until its last holder is released, or until a person stops it. */
export interface Holder {
  /** Chosen by the client, and unique: a UUID. */
  readonly id: string;
  readonly kind: HolderKind;
  /** A name for people, such as the name of a task. */
  readonly name?: string;
  /** The name of the window as people know it: the name of the workspace. */
  readonly window?: string;
}

export interface HolderSnapshot extends Holder {
  /** True if the client has disconnected and the holder remains. */
  readonly hasLeft?: true;
}

/** The forward to start, and its first holder. */
export interface StartForward extends ForwardSpecification {
  /** Optional, default a holder of the kind `window`. */
  readonly holder?: Holder;
}

/** Namespaces of a context to open by name. `gatewayContract.ts` has its requests. */
export interface GatewaySpecification {
  readonly context: ContextReference;
  /** At least one. For a name without a namespace, they are searched in their order. */
  readonly namespaces: readonly string[];
  /**
   * `exact` takes this port or fails, `preferred` takes another if the port is not free. Ignored if the context is already
   * open.
   */
  readonly localPort: { readonly mode: 'exact' | 'preferred'; readonly port: number };
  /** The log mode of the connections at the start. Optional, default `off`. */
  readonly requestLog?: RequestLogMode;
  /** The services with a log mode of their own at the start. Optional, default none. */
  readonly serviceLogs?: readonly ServiceLog[];
}

/** The log mode of one service. */
export interface ServiceLog {
  /** For example `web.demo`. */
  readonly service: string;
  readonly mode: RequestLogMode;
}

/** A secret that a program got with its variables, and the namespaces that its names are searched in first. */
export interface GatewaySecret {
  readonly secret: string;
  readonly namespaces: readonly string[];
}

/** The namespaces to open, and their first holder. */
export interface StartGateway extends GatewaySpecification {
  /** Optional, default a holder of the kind `window`. */
  readonly holder?: Holder;
  /** Optional, default none. The secrets that another host gave to programs that still run. */
  readonly secrets?: readonly GatewaySecret[];
}

/** How long a forward has been without a connection, in milliseconds since the epoch. */
export interface Outage {
  readonly sinceMs: number;
  readonly lastTryMs: number;
}

export type ForwardState =
  | {
      /** The forward has not carried traffic yet. */
      readonly type: 'starting';
      /** The reason for waiting: `WAITING_FOR_POD` or similar. */
      readonly waiting?: ErrorInfo;
      /** The reason why the last try failed. Another try follows. */
      readonly error?: ErrorInfo;
      readonly outage?: Outage;
    }
  | {
      readonly type: 'ready';
      readonly pod: string;
      readonly transport: TransportName;
      /** A warning while traffic passes: the pod is not Ready. */
      readonly warning?: ErrorInfo;
    }
  | {
      readonly type: 'reconnecting';
      readonly error: ErrorInfo;
      readonly attempt: number;
      readonly outage?: Outage;
      /** The tunnel, which carries traffic although the pod is not Ready. */
      readonly tunnel?: { readonly pod: string; readonly transport: TransportName };
    }
  | { readonly type: 'stopping' }
  | { readonly type: 'stopped' }
  | { readonly type: 'failed'; readonly error: ErrorInfo };

/** Where a forward or a gateway listens. */
export interface BoundSnapshot {
  /** `127.0.0.1:8080`. Missing while no port is bound. */
  readonly localAddress?: string;
  readonly localPort?: number;
  /** All bound addresses, {@link localAddress} first. `localhost` means both loopback addresses. */
  readonly localAddresses?: readonly LocalAddress[];
  /** The preferred local port, if another port was used instead. */
  readonly replacedPort?: number;
}

/** One forward as a view shows it. */
export interface ForwardSnapshot extends BoundSnapshot {
  readonly id: string;
  readonly specification: ForwardSpecification;
  readonly state: ForwardState;
  /** The users of the forward. */
  readonly holders: readonly HolderSnapshot[];
  readonly remotePort?: number;
  /** The user of {@link replacedPort}, if the system tells: `node (process 123)`, or the name of another forward. */
  readonly replacedPortHolder?: string;
  readonly counts: ForwardCounters;
  /** The reason why the latest connection failed. Not a state of the forward. */
  readonly lastConnectionError?: ErrorInfo;
  /** The request log of the forward. Optional: older hosts have none. */
  readonly requestLog?: RequestLogMode;
}

/**
 * Starts a forward, or joins the same one, and holds it. Resolves once the forward is ready or failed, or reconnects after a
 * first failure; its state tells which.
 */
export const startForward = new RequestType<StartForward, ForwardSnapshot>('forwards/start');
/** Releases a holder, even before its start was answered. The forward ends with its last holder. */
export const releaseForward = new RequestType<{ readonly holder: string }, void>('forwards/release');
/** A person stops a forward for all its users. The host removes it from the list. */
export const stopForward = new RequestType<{ readonly id: string }, void>('forwards/stop');
/**
 * Restores a forward that a person has just stopped, under its id and on its local port. Its holders are those that have not
 * been released since, or `holder` if none is left. Fails with `FORWARD_NOT_FOUND` after some minutes.
 */
export const restoreForward = new RequestType<
  { readonly id: string; readonly holder: Holder },
  ForwardSnapshot
>('forwards/restore');
/** A person stops all forwards, and closes all namespaces, for all their users. Resolves with their number. */
export const stopAllForwards = new RequestType0<number>('forwards/stopAll');
export const restartForward = new RequestType<RestartForward, ForwardSnapshot>('forwards/restart');

export interface RestartForward {
  readonly id: string;
  /** Replaces the forward's terms. Optional. */
  readonly plugins?: PluginTerms;
}
export const changeLocalPort = new RequestType<
  { readonly id: string; readonly port: number },
  ForwardSnapshot
>('forwards/changeLocalPort');
export const setLabel = new RequestType<{ readonly id: string; readonly label: string }, void>(
  'forwards/setLabel',
);
export const listForwards = new RequestType0<readonly ForwardSnapshot[]>('forwards/list');
/** All forwards, sent when one changes; counts at most once a second. */
export const forwardsChanged = new NotificationType<readonly ForwardSnapshot[]>('forwards/changed');

// ---- Events for the output channel

export type LogLevel = 'trace' | 'debug' | 'info' | 'warn' | 'error';

/** A notice of a forward, or of the host. The window has a sentence for each `event`. */
export interface LogEntry {
  readonly level: LogLevel;
  /** The forward: `pod/web 8080 → 80`. Missing for events of the host. */
  readonly forward?: string;
  readonly event: LogEvent;
  readonly arguments: ErrorArguments;
  readonly error?: ErrorInfo;
}

/**
 * The notices of a forward, and events that only the host reports. In the arguments, bytes and times are numbers, addresses are
 * `127.0.0.1:8080, [::1]:8080`, and `error` is a separate field.
 *
 * - `hostStarted`: `version`, `processId`. `credentialsOutput`: `user` and the `line` that an exec plugin wrote for people.
 * - `starting`: `target` (`pod/web`), `namespace`, `context`, `remotePort`, `localPort`, `address`. `bound`: `addresses`.
 * - `podChosen`: `pod`, `remotePort`. `ready`: `pod`, `transport`, `addresses`; `error` is a warning about the pod.
 * - `connection`: its number as `connection`. `connectionEnded`: `connection`, and `error` or `bytesSent` and `bytesReceived`.
 * - `transportRefused`: `transport`, `error`. `tunnelLost`, `waiting`, `failed`: `error`. `noHalfClose`: nothing.
 * - `reconnecting`: `attempt`, the `seconds` until it, `error`. `outage`: `seconds` without a connection, `error`, and `isServerSilent`, which
 *   is 1 if the API server does not answer.
 * - `stopped`: `connections`, `failed`, `bytesSent`, `bytesReceived` over the whole life.
 * - `gatewayReady`: `namespaces`, `url`. `namesUnavailable`: `namespace`, `error`. `connectionRefused`: `destination`, which may be empty,
 *   `error`.
 */
export type LogEvent =
  | Exclude<ForwardNotice['type'], 'podReady'>
  | 'hostStarted'
  | 'namesUnavailable'
  | 'credentialsOutput'
  | 'gatewayReady'
  | 'connectionRefused';

export const logged = new NotificationType<LogEntry>('log');

// ---- Demo cluster

/** Starts the demo cluster unless it is running. The demo cluster ends with its client. */
export const startDemoCluster = new RequestType0<ContextReference>('demo/start');
export const stopDemoCluster = new RequestType0<void>('demo/stop');
