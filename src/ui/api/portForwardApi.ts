/**
 * The public API of this extension, which `activate()` returns. The package ships this file as its types;
 * `docs/exampleExtension` in the repository uses them:
 *
 *     const extension = vscode.extensions.getExtension<PortForwardApi>('kube-port-forward.kube-port-forward');
 *     const api = await extension?.activate();
 *     const forward = api.start({ context: 'dev', namespace: 'shop', target: 'service/web', remotePort: 80 });
 *     const { localPort } = await forward.ready;
 *     …
 *     await forward.stop();
 *
 * This file has only types and no imports: it is its own declaration file.
 */

/** Version 1. Members may be added. A breaking change increments the version. */
export interface PortForwardApi {
  readonly version: 1;
  /** All forwards of the user, from any window or program. Starts no background process. */
  list(): readonly PortForwardInfo[];
  /** Fires when the result of {@link list} changes, but not for byte counts. */
  readonly onDidChange: PortForwardEvent<void>;
  /** Starts a forward on the loopback interface. Never throws: errors reject {@link StartedPortForward.ready}. */
  start(request: PortForwardRequest): StartedPortForward;
  /**
   * Releases a forward of {@link list} that this window started through the API. It ends, unless others use it too.
   * Resolves also if the forward no longer exists. Rejects with the code `FORWARD_IN_USE` if only others use it: to stop it
   * for everyone, run the command `kubePortForward.stopForward` with the id as argument, and only if the user asks for it.
   */
  stop(id: string): Promise<void>;
}

export interface PortForwardRequest {
  /** Name of a kubeconfig context. Optional, default: the current context. */
  readonly context?: string;
  /** Optional, default: the namespace of the context. */
  readonly namespace?: string;
  /**
   * `TYPE/NAME`. A name without a type is a pod. TYPE is
   * pod, service, deployment, replicationcontroller, replicaset, statefulset, daemonset, job or rollout.
   */
  readonly target: string;
  /** Number from 1 to 65535, or a port name that the target declares. */
  readonly remotePort: number | string;
  /**
   * The forward uses exactly this port or fails. Optional; by default, and with 0: the last local port of this target, then
   * the number of the remote port, then a free port.
   */
  readonly localPort?: number;
  /** Shown instead of the target. Optional. */
  readonly label?: string;
  /** Aborting this signal stops the forward at any time. */
  readonly signal?: AbortSignal;
}

/** A forward that was started through the API. It ends with {@link stop} or with the window, unless others use it too. */
export interface StartedPortForward {
  /**
   * Resolves when connections to the local port reach the pod. Rejects with a {@link PortForwardError} if the forward fails
   * (it stays in the user's list until {@link stop}), or with the reason of the signal if it was aborted first.
   */
  readonly ready: Promise<PortForwardInfo>;
  /** The current state; undefined before the forward exists and after it was stopped. */
  readonly info: PortForwardInfo | undefined;
  /** Fires with every new state. */
  readonly onDidChangeState: PortForwardEvent<PortForwardState>;
  /**
   * Releases the forward. It ends, unless others use it too: another extension, a task, another window, or the user who started
   * it. Its local port is free when this resolves. Idempotent.
   */
  stop(): Promise<void>;
}

/**
 * `ready`: carries traffic. `reconnecting`: keeps its local port, and connections wait for a while. `failed`: needs a change
 * or a restart by the user.
 */
export type PortForwardState = 'starting' | 'ready' | 'reconnecting' | 'stopping' | 'stopped' | 'failed';

export interface PortForwardInfo {
  /** Identifies the forward while it runs. */
  readonly id: string;
  readonly state: PortForwardState;
  readonly context: string;
  readonly namespace: string;
  /** `service/web` */
  readonly target: string;
  readonly remotePort: number | string;
  /** `localhost`, or the address that the user configured. */
  readonly address: string;
  /** Undefined while the forward does not listen. */
  readonly localPort?: number;
  readonly label?: string;
  /** The pod that the forward reaches, while it is ready. */
  readonly pod?: string;
  /** Why the forward failed or reconnects. */
  readonly error?: PortForwardError;
}

export interface PortForwardError {
  /** For programs: `PORT_IN_USE`, `FORBIDDEN`, `POD_NOT_FOUND`, … docs/troubleshooting.md lists all codes. */
  readonly code: string;
  /** For people, in the display language of the window. */
  readonly message: string;
}

/** Same shape as the events of VS Code. */
export type PortForwardEvent<T> = (listener: (value: T) => void) => { dispose(): void };
