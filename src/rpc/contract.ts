import type { ErrorArguments } from '../base/errors.ts';
import type { ForwardNotice } from '../kinds/forwardNotice.ts';
import type { ContextReference } from './clustersContract.ts';
import type { StartForward } from './forwardsContract.ts';
import type { StartGateway } from './gatewayContract.ts';
import { type ErrorInfo, NotificationType, RequestType, RequestType0 } from './messages.ts';

/**
 * The version of the protocol, which consists of all messages between a client (a window or a terminal) and the forward
 * host. A host serves only clients with the same version, so a change to the meaning of a message needs a new version.
 * Messages contain no credentials, except in the client's environment, which exec plugins need and which the host keeps
 * in memory only.
 */
export const PROTOCOL_VERSION = 6;

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
