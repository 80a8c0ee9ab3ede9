import {
  type DemoCluster,
  type DemoClusterOptions,
  type DemoUserName,
  startDemoCluster,
} from '../../src/demo/entry.ts';
import type { ForwardEvent } from '../../src/kinds/forwardNotice.ts';
import type { BoundAddress } from '../../src/kinds/ports.ts';
import type { TransportName } from '../../src/kinds/transports.ts';
import { forwardPod } from '../../src/portforward/forwardPod.ts';
import type { EngineRequest } from '../../src/portforward/request.ts';
import type { RestConfig } from '../../src/rest/restConfig.ts';

/** Returns a REST config for a user of the demo cluster. The user must have a token. */
export function demoRestConfig(cluster: DemoCluster, user: DemoUserName = 'demo-admin'): RestConfig {
  const credentials = { authorization: `Bearer ${cluster.token(user)}` };
  return {
    server: cluster.server,
    tls: { certificateAuthority: cluster.certificateAuthority },
    credentials: { user, get: () => Promise.resolve(credentials), invalidate: () => false },
  };
}

/** A ready forward to a pod of the demo cluster. */
export interface DemoForward {
  readonly events: readonly ForwardEvent[];
  /**
   * Returns the local port on 127.0.0.1 that leads to the port `remote` of the pod. `remote` is optional, default: the
   * first port of the forward.
   */
  port(remote?: number): number;
  /** Resolves with the first matching event, whether it has happened already or not. */
  event<T extends ForwardEvent['type']>(
    type: T,
    fits?: (event: Extract<ForwardEvent, { type: T }>) => boolean,
  ): Promise<Extract<ForwardEvent, { type: T }>>;
  /** Stops the forward and waits for its end. */
  stop(): Promise<void>;
  /** Settles when the forward has ended, in the same way as `portForwardPod`. */
  readonly ended: Promise<void>;
}

/** The part of `TestContext` with which helpers register a function that runs at the end of the test. */
export interface TestEnd {
  after(end: () => Promise<void> | void): void;
}

/** Starts a demo cluster. The cluster ends with the test. */
export async function demoClusterFor(test: TestEnd, options?: DemoClusterOptions): Promise<DemoCluster> {
  const cluster = await startDemoCluster(options);
  test.after(() => cluster.dispose());
  return cluster;
}

/** Starts a forward and waits until it is ready. The forward ends with the test. */
export async function demoForwardFor(
  test: TestEnd,
  cluster: DemoCluster,
  options: DemoForwardOptions,
): Promise<DemoForward> {
  const forward = await startDemoForward(cluster, options);
  test.after(() => forward.stop().catch(() => {}));
  return forward;
}

export interface DemoForwardOptions extends Partial<Omit<EngineRequest, 'stop' | 'ready' | 'onEvent'>> {
  readonly podName?: string;
  readonly remotePorts?: readonly number[];
  readonly user?: DemoUserName;
  readonly transport?: TransportName;
}

/** Starts a forward to a pod of the namespace `demo` on free local ports and waits until it is ready. */
export async function startDemoForward(
  cluster: DemoCluster,
  options: DemoForwardOptions,
): Promise<DemoForward> {
  const { podName = 'web', remotePorts = [80], user, ...request } = options;
  const stop = new AbortController();
  const events: ForwardEvent[] = [];
  const waiting = new Set<(event: ForwardEvent) => void>();
  const ready = Promise.withResolvers<readonly BoundAddress[]>();
  const ended = forwardPod({
    restConfig: demoRestConfig(cluster, user),
    pod: { namespace: 'demo', name: podName },
    ports: remotePorts.map((remote) => ({ local: 0, remote })),
    addresses: ['127.0.0.1'],
    ...request,
    stop: stop.signal,
    ready: ready.resolve,
    onEvent(event) {
      events.push(event);
      for (const notice of [...waiting]) notice(event);
    },
  });
  ended.catch(ready.reject);
  const addresses = await ready.promise;
  return {
    events,
    ended,
    port(remote = remotePorts[0]) {
      const bound = addresses.find((address) => address.remotePort === remote);
      if (bound === undefined) throw new Error(`port ${remote} is not forwarded`);
      return bound.localPort;
    },
    event: (type, fits = () => true) =>
      new Promise((resolve) => {
        const notice = (event: ForwardEvent) => {
          const candidate = event as Extract<ForwardEvent, { type: typeof type }>;
          if (event.type !== type || !fits(candidate)) return;
          waiting.delete(notice);
          resolve(candidate);
        };
        waiting.add(notice);
        for (const event of events) notice(event);
      }),
    async stop() {
      stop.abort();
      await ended;
    },
  };
}
