import type { Socket } from 'node:net';
import { onAbort } from '../../src/base/async.ts';
import { type Disposable, toDisposable } from '../../src/base/disposable.ts';
import { CodedError } from '../../src/base/errors.ts';
import type { TransportName } from '../../src/kinds/transports.ts';
import type { EngineRequest } from '../../src/portforward/request.ts';
import type { RestConfig } from '../../src/rest/restConfig.ts';
import type {
  ChoosePodOptions,
  ChosenPod,
  PodState,
  ServerProbe,
  SessionTarget,
  TargetObserver,
} from '../../src/session/ports.ts';
import { restConfigFor } from './restConfig.ts';

/** Returns the state of a pod as a watch reports it. The pod is Ready by default. */
export function podState(name: string, more: Partial<PodState> = {}): PodState {
  return {
    name,
    uid: `uid-${name}`,
    isReady: true,
    isTerminating: false,
    isCompleted: false,
    restarts: 0,
    ...more,
  };
}

/** A target that resolves to the pods that a test provides. The test also triggers the events of the target. */
export class FakeTarget implements SessionTarget {
  readonly resolveCalls: ChoosePodOptions[] = [];
  readonly #observers = new Set<TargetObserver>();
  #answers: (ChosenPod | Error)[] = [];
  #waiting: (() => void)[] = [];
  remotePorts: readonly number[] = [80];
  /** The result of {@link FakeTarget.currentRestConfig}. A test can change it. */
  restConfig = restConfigFor(new URL('https://127.0.0.1:1'));

  /** Sets the results of the next `resolve` calls, in order. */
  answer(...answers: readonly (string | Error | PodState)[]): void {
    for (const answer of answers) {
      if (answer instanceof Error) this.#answers.push(answer);
      else {
        const { name, uid, isReady } = typeof answer === 'string' ? podState(answer) : answer;
        const pod = { namespace: 'demo', name, uid };
        const { restConfig, remotePorts } = this;
        this.#answers.push({ restConfig, pod, isReady, remotePorts });
      }
    }
    for (const wake of this.#waiting.splice(0)) wake();
  }

  get watchers(): number {
    return this.#observers.size;
  }

  async resolve(options: ChoosePodOptions): Promise<ChosenPod> {
    this.resolveCalls.push(options);
    for (;;) {
      const answer = this.#answers.shift();
      if (answer instanceof Error) throw answer;
      if (answer !== undefined) return answer;
      await new Promise<void>((resolve, reject) => {
        const abort = onAbort(options.signal, () => reject(options.signal.reason));
        this.#waiting.push(() => {
          abort.dispose();
          resolve();
        });
      });
    }
  }

  currentRestConfig(): Promise<RestConfig> {
    return Promise.resolve(this.restConfig);
  }

  /** The result of {@link FakeTarget.inspect}. If this is an error, the call rejects with the error. */
  inspected: PodState | undefined | Error = new CodedError('FORBIDDEN', {});
  inspections = 0;

  inspect(): Promise<PodState | undefined> {
    this.inspections++;
    return this.inspected instanceof Error ? Promise.reject(this.inspected) : Promise.resolve(this.inspected);
  }

  watch(observer: TargetObserver): Disposable {
    this.#observers.add(observer);
    return toDisposable(() => this.#observers.delete(observer));
  }

  show(...pods: readonly PodState[]): void {
    for (const observer of [...this.#observers]) observer.onPods(pods);
  }

  /** Reports that the target now selects other pods. */
  change(): void {
    for (const observer of [...this.#observers]) observer.onChanged('service/web');
  }

  /** Reports that the target is there again, so that a new attempt may succeed. */
  comeBack(): void {
    for (const observer of [...this.#observers]) observer.onSeen();
  }
}

/** One call of {@link FakeEngine.forwardPod}, with which a test acts as the pod and the network. */
export interface FakeForward {
  readonly request: EngineRequest;
  readonly sockets: Socket[];
  connect(): Promise<void>;
  lose(error?: CodedError): void;
  /** Whether the call is still running. */
  readonly isOpen: boolean;
}

/**
 * Forwards local ports to pods that do not exist, without an API server. Each client that connects to a local port
 * receives the name of the pod.
 */
export class FakeEngine {
  readonly forwards: FakeForward[] = [];
  /**
   * Whether each call of {@link forwardPod} becomes ready immediately. If false, the call becomes ready when the test
   * calls {@link FakeForward.connect}.
   */
  connects = true;
  /**
   * Whether each call of {@link forwardPod} continues when it is told to stop, like a tunnel that does not close. The
   * call then ends when the test calls {@link FakeForward.lose}.
   */
  ignoresStop = false;
  /** The transport that each call of {@link forwardPod} reports. */
  transport: TransportName = 'spdy';

  readonly forwardPod = async (request: EngineRequest): Promise<void> => {
    const sockets: Socket[] = [];
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    promise.catch(() => {});
    let isOpen = true;
    let attachment: Disposable | undefined;
    const connect = async () => {
      const attached = await request.listener?.attach(request.ports, (socket) => {
        sockets.push(socket);
        socket.on('error', () => {}).on('end', () => socket.end());
        socket.resume();
        socket.once('close', () => {
          sockets.splice(sockets.indexOf(socket), 1);
          if (request.drain?.aborted && sockets.length === 0) resolve();
        });
        socket.write(`${request.pod.name}\n`);
      });
      attachment = attached;
      request.onEvent?.({
        type: 'ready',
        pod: request.pod,
        transport: this.transport,
        addresses: attached?.addresses ?? [],
      });
    };
    const lose = (error = new CodedError('LOST_CONNECTION', { name: request.pod.name, reason: 'test' })) =>
      reject(error);
    this.forwards.push({
      request,
      sockets,
      connect,
      lose,
      get isOpen() {
        return isOpen;
      },
    });
    const stop = this.ignoresStop ? undefined : onAbort(request.stop, resolve);
    const drain =
      request.drain &&
      onAbort(request.drain, () => {
        attachment?.dispose();
        if (sockets.length === 0) resolve();
      });
    try {
      if (this.connects) await connect();
      await promise;
    } finally {
      isOpen = false;
      stop?.dispose();
      drain?.dispose();
      attachment?.dispose();
      for (const socket of [...sockets]) socket.resetAndDestroy();
    }
  };

  /** The latest call of {@link FakeEngine.forwardPod}. */
  get last(): FakeForward {
    const forward = this.forwards.at(-1);
    if (forward === undefined) throw new Error('the engine was not called');
    return forward;
  }
}

/** Acts as the code that polls a lost API server until it answers. The test decides when a server answers. */
export class FakeProbe implements ServerProbe {
  #waiters: {
    readonly server: string;
    readonly resolve: () => void;
    readonly onFailure: (error: unknown) => void;
  }[] = [];
  /** Whether every API server answers immediately. If false, a server answers when the test calls {@link succeed}. */
  isReachable = true;

  /** The addresses of the API servers that are polled now. */
  get servers(): readonly string[] {
    return this.#waiters.map(({ server }) => server);
  }

  untilReachable(
    config: RestConfig,
    signal: AbortSignal,
    onFailure: (error: unknown) => void,
  ): Promise<void> {
    if (this.isReachable) return Promise.resolve();
    return new Promise((resolve, reject) => {
      const waiter = { server: config.server.origin, resolve, onFailure };
      this.#waiters.push(waiter);
      onAbort(signal, () => {
        this.#waiters = this.#waiters.filter((other) => other !== waiter);
        reject(signal.reason);
      });
    });
  }

  fail(error: unknown): void {
    for (const { onFailure } of this.#waiters) onFailure(error);
  }

  succeed(): void {
    for (const { resolve } of this.#waiters.splice(0)) resolve();
  }
}
