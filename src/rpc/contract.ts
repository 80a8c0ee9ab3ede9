import type { ErrorArguments, ErrorCode } from '../base/errors.ts';
import type { RequestLogMode } from '../kinds/exchange.ts';
import type { ForwardCounters } from '../kinds/forwardCounters.ts';
import type { ForwardNotice } from '../kinds/forwardNotice.ts';
import type { DeclaredPort, LocalAddress, LocalPort } from '../kinds/ports.ts';
import type { Target } from '../kinds/target.ts';
import type { WorkloadKind } from '../kinds/targetKinds.ts';
import type { TransportName } from '../kinds/transports.ts';

export type { DeclaredPort } from '../kinds/ports.ts';

/** The type of a message between client and host. `method` is the name of the message in JSON-RPC. */
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

/** A message that the host sends by itself, without a request. The client does not answer it. */
export class NotificationType<P> extends MessageType {
  declare protected readonly types: (parameters: P) => void;
}

/**
 * The version of the protocol, which consists of all messages between a client (a window or a terminal) and the forward
 * host. A host serves only clients with the same version, so a change to the meaning of a message needs a new version.
 * Messages contain no credentials, except in the client's environment, which exec plugins need and which the host keeps
 * in memory only.
 */
export const PROTOCOL_VERSION = 6;

/** An error to show to the user. A window translates the error by its code. */
export interface ErrorInfo {
  readonly code: ErrorCode;
  readonly arguments: ErrorArguments;
}

// ---- Initialization and handover

/**
 * The `client.name` in {@link InitializeParameters} with which the terminal command tells the host that it is a
 * terminal.
 */
export const TERMINAL_CLIENT = 'cli';

export interface InitializeParameters {
  readonly protocol: number;
  /** The client's program and its version. The name of the terminal command is {@link TERMINAL_CLIENT}. */
  readonly client: { readonly name: string; readonly version: string };
  /** The client's environment variables, which determine its kubeconfigs, proxies and exec plugins. */
  readonly environment: Readonly<Record<string, string>>;
  /** The paths of kubeconfigs to read in addition to the default: `KUBECONFIG` or the kubeconfig in the home folder. */
  readonly kubeconfigFiles: readonly string[];
  /**
   * The path of a Node executable outside the editor. Only terminals on Windows send it. With this executable, the host
   * runs its keeper: a process that starts the forwards of terminals again if the host dies. An update of the editor
   * ends only the processes that run the editor's own program, so the keeper survives it. Optional, default the host's
   * own program.
   */
  readonly runtime?: string;
}

export interface InitializeResult {
  readonly protocol: number;
  readonly version: string;
  readonly processId: number;
  /**
   * True if an update of the editor ends the host, because the host runs in the editor's program. Optional, default
   * false.
   */
  readonly endsWithUpdate?: boolean;
  /**
   * True if the forwards of terminals survive an update of the editor. The update ends the host, but not the keeper, a
   * process that then starts the forwards again in another host. Optional, default false.
   */
  readonly survivesUpdate?: boolean;
}

export const initialize = new RequestType<InitializeParameters, InitializeResult>('initialize');

export interface HandOverResult {
  /**
   * The requests with which the client starts forwards again on the same local ports. Contains the forwards of all
   * clients whose environment is the same as in the {@link handOver} request. Omits forwards that only tasks,
   * extensions or chat agents used, because the client would not know when to stop them.
   */
  readonly forwards: readonly StartForward[];
  /**
   * The requests with which the client starts gateways again, chosen by the environment in the same way as `forwards`.
   * Missing in responses of older hosts.
   */
  readonly gateways?: readonly StartGateway[];
  /**
   * The number of forwards and gateways that are in neither `forwards` nor `gateways`: those of other environments, and
   * those that only tasks, extensions or chat agents used. Nobody starts them again, because the other clients of the
   * old host cannot connect to the newer host: they have the old protocol until their windows are reloaded. So the
   * client that replaces the host warns the user.
   */
  readonly others: number;
}

/**
 * Makes the host stop its forwards and end, so that a host with a newer protocol can replace it. Clients send this
 * request instead of `initialize`. Its form must never change, because a newer client sends it to a host with any older
 * protocol.
 */
export const handOver = new RequestType<Pick<InitializeParameters, 'environment'>, HandOverResult>(
  'host/retire',
);

// ---- Clusters

/**
 * Identifies a context by its kubeconfig and its name, because two kubeconfigs may have contexts with the same name.
 */
export interface ContextReference {
  /**
   * The path of the kubeconfig that defines the context; empty for the merged default (KUBECONFIG or the home folder).
   */
  readonly kubeconfig: string;
  readonly context: string;
  /**
   * Which exec plugins and token files the client allows the host to use. Optional, default every plugin and every file,
   * as in kubectl.
   */
  readonly plugins?: PluginTerms;
}

/** Returns a text that identifies a context of a kubeconfig. */
export function contextKey({ kubeconfig, context }: ContextReference): string {
  return `${kubeconfig}\u0000${context}`;
}

/** Returns true if both references are to the same context of the same kubeconfig. */
export function isSameContext(a: ContextReference, b: ContextReference): boolean {
  return contextKey(a) === contextKey(b);
}

/**
 * Which exec plugin or token file may be used for a context, as a window tells the host. A `git pull` may change a
 * kubeconfig of the workspace, so that it names a plugin or a token file that the user has not allowed. So the host
 * compares both with `allowed` each time it has read the kubeconfig.
 */
export interface PluginTerms extends WorkspacePlaces {
  /**
   * The {@link ContextRow.identity} for which the user has allowed the plugin or the token file. If the workspace
   * controls the kubeconfig, the host uses them only if the context still has this identity. Optional, default: the host
   * uses no such plugin and no such token file.
   */
  readonly allowed?: string;
}

/**
 * The paths by which the host finds out whether a kubeconfig belongs to the workspace of a window. Such a kubeconfig
 * can come from somebody else, so its exec plugin runs, and its token file is sent, only with the user's permission. All
 * paths are absolute.
 */
export interface WorkspacePlaces {
  /** The folders of the workspace. A `git pull` can change the files in them. */
  readonly folders: readonly string[];
  /** The kubeconfigs that the workspace settings name, but the user settings do not. */
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
   * The files that define the context, its cluster and its user: their paths, and the targets of symbolic links. A
   * window uses the paths to find out whether the workspace controls the context. Missing in responses of older hosts.
   */
  readonly files?: readonly string[];
  /** The exec plugin that the kubeconfig names for the user of the context. Missing if it names none. */
  readonly plugin?: string;
  /**
   * The path of the file whose content is sent to the API server as a token. Missing if the kubeconfig names none. If
   * there is a token file, the plugin is not used.
   */
  readonly tokenFile?: string;
  /**
   * A hash of the API server, the plugin and the paths of credential files. If the user allows the plugin or the token
   * file, the permission is valid only as long as the hash is the same.
   */
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
  /** The time of creation, as in RFC 3339: `2026-01-31T12:00:00Z`. */
  readonly createdAt: string;
  /** The names of the containers and sidecars. */
  readonly containerNames: readonly string[];
  readonly ports: readonly DeclaredPort[];
}

export interface ServiceRow {
  readonly type: 'service';
  readonly name: string;
  readonly serviceType: string;
  readonly clusterIp?: string;
  readonly hasSelector: boolean;
  /**
   * Whether the service has endpoints. Missing if that is not known: the service has no EndpointSlices, they are not
   * listed yet, or the user may not read them.
   */
  readonly hasEndpoints?: boolean;
  readonly ports: readonly DeclaredPort[];
}

export interface WorkloadRow {
  readonly type: 'workload';
  readonly kind: WorkloadKind;
  readonly name: string;
  readonly ready: number;
  readonly desired: number;
  /** The status of a Job that runs no pods: `Complete`, `Failed` or `Suspended`. */
  readonly status?: string;
  readonly ports: readonly DeclaredPort[];
}

export type Row = NamespaceRow | PodRow | ServiceRow | WorkloadRow;

/**
 * The objects that a view shows. A view is a list in a window, such as the pods of a namespace. The host watches the
 * objects in the cluster while the view is open.
 */
export type ViewScope =
  | { readonly type: 'namespaces'; readonly context: ContextReference }
  | {
      readonly type: 'pods' | 'services' | 'workloads';
      readonly context: ContextReference;
      readonly namespace: string;
      /** Shows only objects whose names contain this text; case does not matter. Optional, default all objects. */
      readonly filter?: string;
      /** The maximum number of rows to send. If more objects match, the host sends the first by name. */
      readonly limit: number;
    };

/** The current rows of a view. Sent when the view opens and after changes, at most about ten times a second. */
export interface ViewSnapshot {
  readonly viewId: number;
  /**
   * The first rows that match the filter, sorted by name: at most the `limit` of the scope, and fewer if the message
   * would be too large.
   */
  readonly rows: readonly Row[];
  /** The number of objects that match the filter, including those that `rows` omits. */
  readonly matching: number;
  readonly total: number;
  /** True once the host has listed all objects of the view. Until then, rows may be missing. */
  readonly isLoaded: boolean;
  /** The reason why rows are missing or out of date. */
  readonly error?: ErrorInfo;
}

export interface ContextsSnapshot {
  readonly contexts: readonly ContextRow[];
  /** The kubeconfigs that cannot be read or that contain an invalid entry, each with its first error. */
  readonly problems: readonly ContextsProblem[];
}

/** A kubeconfig file that cannot be read or that contains an invalid entry. */
export interface ContextsProblem {
  /** The path of the file. */
  readonly kubeconfig: string;
  readonly error: ErrorInfo;
  /**
   * Set if the whole file cannot be used, so that contexts may be missing: the kubeconfig of these contexts, as in
   * {@link ContextReference.kubeconfig}. If it is empty, the file may also set the current context. Missing if only an
   * entry of the file is invalid.
   */
  readonly hidesContextsOf?: string;
}

/** Returns the contexts of every kubeconfig. The host then sends {@link contextsChanged} when a file changes. */
export const listContexts = new RequestType0<ContextsSnapshot>('clusters/listContexts');
/**
 * Replaces the additional kubeconfigs of a client (`kubeconfigFiles` in {@link InitializeParameters}). A window sends
 * this request when its settings have changed.
 */
export const setKubeconfigFiles = new RequestType<{ readonly files: readonly string[] }, void>(
  'clusters/setKubeconfigFiles',
);
export const contextsChanged = new NotificationType<ContextsSnapshot>('clusters/contextsChanged');
/** Opens a view, or changes the scope of an open view. The client chooses `viewId`. */
export const openView = new RequestType<{ readonly viewId: number; readonly scope: ViewScope }, void>(
  'clusters/openView',
);
export const closeView = new RequestType<{ readonly viewId: number }, void>('clusters/closeView');
/**
 * Makes the host list the objects of a view again at once. The client sends this request when the user refreshes the
 * view, or chooses to list the objects again after a failure.
 */
export const refreshView = new RequestType<{ readonly viewId: number }, void>('clusters/refreshView');
export const viewChanged = new NotificationType<ViewSnapshot>('clusters/viewChanged');
/** Lists the ports that the target of a forward (such as a pod or Service) declares. */
export const listPorts = new RequestType<TargetReference, readonly DeclaredPort[]>('clusters/listPorts');

// ---- Forwards

export type TargetReference = Target & {
  readonly context: ContextReference;
  readonly namespace: string;
};

export interface ForwardSpecification {
  readonly target: TargetReference;
  /** The port to forward to: a number, or the name that the target (such as a pod or Service) declares for the port. */
  readonly remotePort: number | string;
  readonly localPort: LocalPort;
  /** The address to listen on: `localhost` or an IP address of this machine. */
  readonly address: string;
  readonly label?: string;
  /**
   * If `remotePort` is a number: the name that the target declares for this port, such as `http`. A window guesses from
   * the name whether the port speaks HTTP or HTTPS. Optional.
   */
  readonly portName?: string;
  /**
   * The `appProtocol` that a Service declares for this port, such as `https`. If it is given, a window uses it instead
   * of the port's name to find out whether the port speaks HTTP or HTTPS. Optional.
   */
  readonly appProtocol?: string;
  readonly transport?: TransportName;
  /**
   * How long the first attempt waits for a running pod before it fails, in milliseconds. Optional, default the host's
   * own limit.
   */
  readonly podRunningTimeoutMs?: number;
  /**
   * How long the forward waits for its target to exist again, if the target is deleted after the forward has been
   * connected to a pod. After this time, in milliseconds, the forward fails. Optional, default 10 minutes. 0 means no
   * wait.
   */
  readonly waitForTargetMs?: number;
  /**
   * True to forward only to Ready pods. Optional, default false: if no pod is Ready at the start, the forward uses a
   * running pod that is not Ready.
   */
  readonly requiresReady?: boolean;
  /**
   * A text that the client chooses. All snapshots of the forward contain it in their `specification`. A snapshot may
   * arrive before the response to {@link startForward}, and the client then recognizes its forward by this text.
   */
  readonly clientToken?: string;
  /**
   * The mode of the request log. Optional, default `off`. If the forward already runs and its log is on, the log keeps
   * its mode.
   */
  readonly requestLog?: RequestLogMode;
}

/**
 * The kinds of holders (users of a forward, see {@link Holder}), and how long a holder of each kind lasts if it is not
 * released before: until its client disconnects (`client`), until the host ends (`host`), or without a limit
 * (`always`).
 */
export const HOLDER_LIFETIMES = {
  /**
   * A window in which the user started the forward. The forward continues when the window closes, until the host ends.
   */
  window: 'host',
  task: 'client',
  /** Another extension, through the API. */
  extension: 'client',
  /** A chat agent. */
  tool: 'client',
  /**
   * A terminal in which the user started the forward with `--detach`. The host keeps running for this holder, even
   * without clients.
   */
  terminal: 'always',
} as const satisfies Record<string, 'client' | 'host' | 'always'>;

export type HolderKind = keyof typeof HOLDER_LIFETIMES;

/**
 * A window, terminal, task or other user of a forward. A forward runs until its last holder is released, or until
 * somebody stops it for all holders.
 */
export interface Holder {
  /** A unique id that the client chooses: a UUID. The client releases the holder by this id. */
  readonly id: string;
  readonly kind: HolderKind;
  /** The name that users see for the holder, such as the name of a task. */
  readonly name?: string;
  /** The name that users see for the VS Code window of the holder: the name of the window's workspace. */
  readonly window?: string;
}

export interface HolderSnapshot extends Holder {
  /** True if the client of the holder has disconnected, but the holder has not been released. */
  readonly hasLeft?: true;
}

/** The forward to start, and the holder (the user of the forward) to add. */
export interface StartForward extends ForwardSpecification {
  /** Optional, default a holder of the kind `window`. */
  readonly holder?: Holder;
}

/**
 * The gateway that a client asks the host to open: the context, the namespaces whose services the gateway makes
 * reachable, and the local port. The requests for gateways are in `gatewayContract.ts`.
 */
export interface GatewaySpecification {
  readonly context: ContextReference;
  /** At least one namespace. A service name without a namespace is looked up in these namespaces, in this order. */
  readonly namespaces: readonly string[];
  /** Ignored if a gateway of the context is already open. */
  readonly localPort: LocalPort;
  /** The initial mode of the request log. Optional, default `off`. */
  readonly requestLog?: RequestLogMode;
  /** The services whose request log has a mode other than `requestLog` at first. Optional, default none. */
  readonly serviceLogs?: readonly ServiceLog[];
}

/** The mode of the request log for one service. */
export interface ServiceLog {
  /** The service and its namespace: `web.demo`. */
  readonly service: string;
  readonly mode: RequestLogMode;
}

/**
 * The secret of one program that uses the gateway as its proxy. The program has the secret in its proxy variables (such
 * as `http_proxy`) and sends it, so that the gateway recognizes the program. If the program uses a name without a
 * namespace, the gateway searches `namespaces` first.
 */
export interface GatewaySecret {
  readonly secret: string;
  readonly namespaces: readonly string[];
}

/** The namespaces to open in a gateway, and the holder (the user of the gateway) to add. */
export interface StartGateway extends GatewaySpecification {
  /** Optional, default a holder of the kind `window`. */
  readonly holder?: Holder;
  /**
   * The secrets that an earlier host gave to programs. The new host accepts these secrets, so that programs that still
   * run can continue. Optional, default none.
   */
  readonly secrets?: readonly GatewaySecret[];
}

/**
 * The times of an outage, in milliseconds since the epoch. At `sinceMs`, the forward lost its connection to the pod or,
 * if it never had a connection, its first attempt failed. At `lastTryMs`, it last tried to reach a pod or the API
 * server.
 */
export interface Outage {
  readonly sinceMs: number;
  readonly lastTryMs: number;
}

export type ForwardState =
  | {
      /** The forward has not been connected to a pod yet. */
      readonly type: 'starting';
      /** The reason why the forward waits, such as `WAITING_FOR_POD`. */
      readonly waiting?: ErrorInfo;
      /** The reason why the last attempt failed. Another attempt follows. */
      readonly error?: ErrorInfo;
      readonly outage?: Outage;
    }
  | {
      readonly type: 'ready';
      readonly pod: string;
      readonly transport: TransportName;
      /** A warning that the pod is not Ready. The forward works nevertheless: local clients can connect to the pod. */
      readonly warning?: ErrorInfo;
    }
  | {
      readonly type: 'reconnecting';
      readonly error: ErrorInfo;
      readonly attempt: number;
      readonly outage?: Outage;
      /**
       * The tunnel (the connection to the pod) that local clients can already use, although the forward still waits for
       * the pod to become Ready. Missing while there is no tunnel.
       */
      readonly tunnel?: { readonly pod: string; readonly transport: TransportName };
    }
  | { readonly type: 'stopping' }
  | { readonly type: 'stopped' }
  | { readonly type: 'failed'; readonly error: ErrorInfo };

/** The local addresses on which a forward or a gateway listens. */
export interface BoundSnapshot {
  /** The first bound address: `127.0.0.1:8080`. Missing while no port is bound. */
  readonly localAddress?: string;
  readonly localPort?: number;
  /**
   * All bound addresses, {@link localAddress} first. If the specification says `localhost`, these are usually both
   * loopback addresses, `127.0.0.1` and `::1`.
   */
  readonly localAddresses?: readonly LocalAddress[];
  /** The preferred local port, if it was not free and another port is used instead. */
  readonly replacedPort?: number;
}

/** The complete state of a forward. */
export interface ForwardSnapshot extends BoundSnapshot {
  /**
   * A UUID. No other forward or gateway ever has the same id, not even in another host: a notification may stay open
   * longer than its host runs, and its buttons must not act on a forward of the next host.
   */
  readonly id: string;
  readonly specification: ForwardSpecification;
  readonly state: ForwardState;
  readonly holders: readonly HolderSnapshot[];
  readonly remotePort?: number;
  /**
   * The name of the program or other forward that uses `replacedPort`, such as `node (PID 123)`. Missing if it is not
   * known. This is not a {@link Holder}.
   */
  readonly replacedPortHolder?: string;
  readonly counts: ForwardCounters;
  /** The error of the latest failed connection of a local client. The forward itself may still be ready. */
  readonly lastConnectionError?: ErrorInfo;
  /** The mode of the request log. Missing in snapshots of older hosts. */
  readonly requestLog?: RequestLogMode;
}

/**
 * Starts a forward and adds the holder (the user of the forward). If a forward with the same specification runs, adds
 * the holder to that forward instead. Resolves once the forward is ready, or its first attempt to connect has failed.
 * The state in the result tells which, and whether another attempt follows.
 */
export const startForward = new RequestType<StartForward, ForwardSnapshot>('forwards/start');
/**
 * Releases a holder. If the forward has no other holder, it ends. To cancel the start of a forward, a client can send
 * this request even before the host has answered {@link startForward}.
 */
export const releaseForward = new RequestType<{ readonly holder: string }, void>('forwards/release');
/**
 * Stops a forward for all its holders, at the request of a user, and removes it from the list. {@link restoreForward}
 * can undo this.
 */
export const stopForward = new RequestType<{ readonly id: string }, void>('forwards/stop');
/**
 * Restores a forward that a user has just stopped, with the same id and on the same local port. The forward gets its
 * earlier holders back, except those that have been released since the stop. If no holder is left, the forward gets
 * `holder`. The host forgets a stopped forward after a few minutes. After that, this request fails with
 * `FORWARD_NOT_FOUND`.
 */
export const restoreForward = new RequestType<
  { readonly id: string; readonly holder: Holder },
  ForwardSnapshot
>('forwards/restore');
/**
 * Stops all forwards and gateways for all holders, at the request of a user. Resolves with the number of forwards and
 * gateways.
 */
export const stopAllForwards = new RequestType0<number>('forwards/stopAll');
export const restartForward = new RequestType<RestartForward, ForwardSnapshot>('forwards/restart');

export interface RestartForward {
  readonly id: string;
  /**
   * The workspaces and the exec plugin of the client. The host adds the workspaces to those that it knows for the
   * forward, and from now on allows the plugin. Optional, default: no change.
   */
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
/** All forwards. Sent when one of them changes, but at most once a second if only their counters change. */
export const forwardsChanged = new NotificationType<readonly ForwardSnapshot[]>('forwards/changed');

// ---- Events for the output channel

export type LogLevel = 'trace' | 'debug' | 'info' | 'warn' | 'error';

/** One entry of the log: a notice of a forward, or an event of the host. A window shows a sentence for each `event`. */
export interface LogEntry {
  readonly level: LogLevel;
  /**
   * What the entry is about: a forward (`pod/web 8080 → 80`), the namespaces of a gateway (`demo, test`), or a pod to
   * which a gateway forwards (`pod/web`). Missing for events of the host.
   */
  readonly forward?: string;
  readonly event: LogEvent;
  readonly arguments: ErrorArguments;
  readonly error?: ErrorInfo;
}

/**
 * The `event` of a {@link LogEntry}: a notice of a forward, or an event that only the host reports. The list below
 * names the arguments of each event. Bytes and times are numbers, and addresses are texts such as
 * `127.0.0.1:8080, [::1]:8080`. `error` is not an argument, but the field of {@link LogEntry}.
 *
 * - `hostStarted`: `version`, `processId`. `credentialsOutput`: `user` and a `line` of the messages that an exec plugin
 *   wrote for the user.
 * - `starting`: `target` (`pod/web`), `namespace`, `context`, `remotePort`, `localPort`, `address`. `bound`:
 *   `addresses`.
 * - `podChosen`: `pod`, `remotePort`. `ready`: `pod`, `transport`, `addresses`; `error` is a warning about the pod.
 * - `connection`: `connection`, the number of the connection. `connectionEnded`: `connection`, and either `error` or
 *   `bytesSent` and `bytesReceived`.
 * - `transportRefused`: `transport`, `error`. `tunnelLost`, `waiting`, `failed`: `error`. `noHalfClose`: no arguments.
 * - `reconnecting`: `attempt`, the `seconds` until this attempt, `error`. `outage`: `seconds` without a tunnel to a
 *   pod, `error`, and `isServerSilent`, which is 1 if the API server does not answer.
 * - `stopped`: `connections`, `failed`, `bytesSent`, `bytesReceived`, since the start of the forward.
 * - `gatewayReady`: `namespaces`, `url`. `namesUnavailable`: `namespace`, `error`. `connectionRefused`: `destination`,
 *   which may be empty, `error`.
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

/**
 * Starts the demo cluster unless it is running, and resolves with its context. The demo cluster ends when all clients
 * that have sent this request have disconnected.
 */
export const useDemoCluster = new RequestType0<ContextReference>('demo/start');
export const stopDemoCluster = new RequestType0<void>('demo/stop');
