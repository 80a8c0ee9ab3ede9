/**
 * What this extension publishes to others: `activate()` returns it. The package has this file as its types; `docs/exampleExtension`
 * in the repository uses them:
 *
 *     const extension = vscode.extensions.getExtension<PortForwardApi>('kube-port-forward.kube-port-forward');
 *     const api = await extension?.activate();
 *     const forward = api.start({ context: 'dev', namespace: 'shop', target: 'service/web', remotePort: 80 });
 *     const { localPort } = await forward.ready;
 *     …
 *     await forward.stop();
 *
 * It has no imports and nothing but types, and is its own declaration file.
 */

/** Version 1. Members may be added to it; what would break somebody gets another number. */
export interface PortForwardApi {
  readonly version: 1;
  /** All forwards of the user, whichever window or program started them. Starts no process where none is forwarded. */
  list(): readonly PortForwardInfo[];
  /** Fires when {@link list} has something else to tell; byte counts are no reason. */
  readonly onDidChange: PortForwardEvent<void>;
  /** Begins a forward on the loopback interface. What goes wrong rejects {@link StartedPortForward.ready}. */
  start(request: PortForwardRequest): StartedPortForward;
  /**
   * Lets go of a forward of {@link list} that was started through this API in this window. It ends, unless others use it too.
   * Rejects with the code `FORWARD_IN_USE` where only others use it: the command `kubePortForward.stopForward`, with the id as
   * its argument, stops it for everybody, and belongs behind a button for the user. One that is not there any more is stopped.
   */
  stop(id: string): Promise<void>;
}

export interface PortForwardRequest {
  /** Name of a context of the kubeconfigs; the current one where none is given. */
  readonly context?: string;
  /** The context's own where none is given. */
  readonly namespace?: string;
  /**
   * `TYPE/NAME` with TYPE pod, service, deployment, replicationcontroller, replicaset, statefulset, daemonset, job or rollout. A name alone is a pod.
   */
  readonly target: string;
  /** Number from 1 to 65535, or a name that the target declares. */
  readonly remotePort: number | string;
  /**
   * Taken exactly, or the forward fails. Where none is given, or 0: the last one of this target, else the number of the
   * remote port, else a free one.
   */
  readonly localPort?: number;
  /** Shown in place of the target. */
  readonly label?: string;
  /** Aborting it stops the forward, at whatever time. */
  readonly signal?: AbortSignal;
}

/** A forward that a caller of the API started. It ends with {@link stop} or with the caller's window, unless others use it too. */
export interface StartedPortForward {
  /**
   * Resolves when connections to the local port reach the pod. Rejects with a {@link PortForwardError} where that cannot be
   * (the failed forward stays in the user's list until {@link stop}), with the signal's reason where it was aborted before.
   */
  readonly ready: Promise<PortForwardInfo>;
  /** As it is now; undefined before it is there, and after it was stopped. */
  readonly info: PortForwardInfo | undefined;
  /** Fires with each new state. */
  readonly onDidChangeState: PortForwardEvent<PortForwardState>;
  /**
   * Lets go of it. It ends, and its local port is free when this resolves, unless others use it too: another extension, a task,
   * another window, or the user, who started it by hand. Twice is the same as once.
   */
  stop(): Promise<void>;
}

/**
 * `ready`: traffic passes. `reconnecting`: it keeps its port, and connections wait for a while. `failed`: trying again by
 * itself would not mend it.
 */
export type PortForwardState = 'starting' | 'ready' | 'reconnecting' | 'stopping' | 'stopped' | 'failed';

export interface PortForwardInfo {
  /** Names it for as long as it runs. */
  readonly id: string;
  readonly state: PortForwardState;
  readonly context: string;
  readonly namespace: string;
  /** `service/web` */
  readonly target: string;
  readonly remotePort: number | string;
  /** `localhost`, or the address that the user has it listen on. */
  readonly address: string;
  /** Missing while it does not listen. */
  readonly localPort?: number;
  readonly label?: string;
  /** The pod that it leads to, while it is ready. */
  readonly pod?: string;
  /** Why it failed or reconnects. */
  readonly error?: PortForwardError;
}

export interface PortForwardError {
  /** For programs: `PORT_IN_USE`, `FORBIDDEN`, `POD_NOT_FOUND`, … as docs/troubleshooting.md lists them. */
  readonly code: string;
  /** For people, in the language of the window. */
  readonly message: string;
}

/** As VS Code's own events. */
export type PortForwardEvent<T> = (listener: (value: T) => void) => { dispose(): void };
