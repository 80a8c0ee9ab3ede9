/**
 * The public API of this extension, which `activate()` returns. `docs/exampleExtension` in the repository is a complete
 * example. In short:
 *
 *     const extension = vscode.extensions.getExtension<PortForwardApi>('kube-port-forward.kube-port-forward');
 *     const api = await extension?.activate();
 *     const forward = api.start({ context: 'dev', namespace: 'shop', target: 'service/web', remotePort: 80 });
 *     const { localPort } = await forward.ready;
 *     …
 *     await forward.stop();
 *
 * This file contains only types and has no imports, because the build copies it as it is: into the VSIX as
 * `dist/api.d.ts`, and into the npm package as `kube-port-forward/vscode`.
 */

/** Version 1 of the API. New members may be added. A breaking change increments the version. */
export interface PortForwardApi {
  readonly version: 1;
  /**
   * Returns the forwards of all windows and programs of the user. Empty if the background process, which runs the
   * forwards, is not running; does not start that process.
   */
  list(): readonly PortForwardInfo[];
  /** Fires when the result of {@link list} changes. Traffic alone does not change the result. */
  readonly onDidChange: PortForwardEvent<void>;
  /** Starts a forward on the loopback interface. Never throws: {@link StartedPortForward.ready} rejects instead. */
  start(request: PortForwardRequest): StartedPortForward;
  /**
   * Releases a forward that extensions of this window started through the API. The forward ends, unless it has other
   * users. Also resolves if the forward no longer exists. Rejects with the code `FORWARD_IN_USE` if no extension of
   * this window uses the forward. To stop such a forward for all its users, run the command
   * `kubePortForward.stopForward` with the id as argument, but only if the user asks for it.
   * @param id the id of a forward from {@link list}
   */
  stop(id: string): Promise<void>;
}

export interface PortForwardRequest {
  /** Name of a kubeconfig context. Optional, default: the current context. */
  readonly context?: string;
  /** Optional, default: the namespace of the context. */
  readonly namespace?: string;
  /**
   * `TYPE/NAME`. A name without a type is a pod. TYPE is any of the types that the terminal command accepts, which its
   * `--help` and `docs/terminal.md` list.
   */
  readonly target: string;
  /** Number from 1 to 65535, or a port name that the target declares. */
  readonly remotePort: number | string;
  /**
   * Optional. With a number other than 0, the forward uses exactly this local port or fails. Without a number, or with
   * 0, the forward prefers the last local port of this target. If the target had none, the forward prefers the number
   * of the remote port. For a remote port below 1024, it prefers that number plus 8000. If the preferred port is in
   * use, the forward uses another port.
   */
  readonly localPort?: number;
  /** Optional. The user sees this name instead of the target. */
  readonly label?: string;
  /** Optional. When this signal is aborted, the forward is released as by {@link StartedPortForward.stop}. */
  readonly signal?: AbortSignal;
}

/**
 * A forward that was started through the API. The forward ends when {@link stop} is called or the window closes, unless
 * the forward has other users.
 */
export interface StartedPortForward {
  /**
   * Resolves when connections to the local port reach the pod. Rejects with a {@link PortForwardError} if the forward
   * fails. A failed forward stays in the user's list until {@link stop} is called. If the signal of the request is
   * aborted first, rejects with the signal's reason.
   */
  readonly ready: Promise<PortForwardInfo>;
  /** The current state of the forward. Undefined before the forward exists, and after it was stopped. */
  readonly info: PortForwardInfo | undefined;
  /** Fires with the new state each time the state of the forward changes. */
  readonly onDidChangeState: PortForwardEvent<PortForwardStateName>;
  /**
   * Releases the forward. The forward ends, unless it has other users: another extension, a task, another window, or
   * the user who started it. If the forward ends, its local port is free when this promise resolves. Idempotent.
   */
  stop(): Promise<void>;
}

/**
 * The state of a forward. `ready`: connections to the local port reach the pod. `reconnecting`: the forward still
 * listens on its local port, and new connections wait a while for the pod. `failed`: the forward does not work until
 * the user changes or restarts it.
 */
export type PortForwardStateName = 'starting' | 'ready' | 'reconnecting' | 'stopping' | 'stopped' | 'failed';

export interface PortForwardInfo {
  /** Identifies the forward as long as the forward runs. */
  readonly id: string;
  readonly state: PortForwardStateName;
  readonly context: string;
  readonly namespace: string;
  /** The target as `TYPE/NAME`: `service/web`. */
  readonly target: string;
  readonly remotePort: number | string;
  /** The local address on which the forward listens: `localhost`, or the address that the user configured. */
  readonly address: string;
  /** Undefined while the forward does not listen. */
  readonly localPort?: number;
  readonly label?: string;
  /** The pod that the forward reaches. Undefined while the forward is not ready. */
  readonly pod?: string;
  /** Why the forward failed or is still trying to connect. Undefined if there is no error. */
  readonly error?: PortForwardError;
}

export interface PortForwardError {
  /** For programs: `PORT_IN_USE`, `FORBIDDEN`, `POD_NOT_FOUND`, … docs/troubleshooting.md lists all codes. */
  readonly code: string;
  /** For people, in the display language of the window. */
  readonly message: string;
}

/** An event. Has the same shape as `vscode.Event`. */
export type PortForwardEvent<T> = (listener: (value: T) => void) => { dispose(): void };
