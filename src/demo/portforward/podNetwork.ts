import type { Duplex } from 'node:stream';
import { type Disposable, DisposableStore } from '../../base/disposable.ts';
import type { ActivityLog } from '../activity.ts';
import type { FaultRegistry } from '../faults.ts';
import { isEnded, sandboxId } from '../objects/podStates.ts';
import type { Pod } from '../objects/types.ts';
import { PodSocket } from '../pods/podSocket.ts';
import type { Images, Program } from '../pods/programs.ts';
import type { Store, StoreEvent } from '../store.ts';

/**
 * Thrown if a connection into a pod cannot be opened. The message is the text that the container runtime sends to the
 * client.
 */
export class ConnectError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'ConnectError';
  }
}

/** Opens connections to the programs in pods, and closes the connections of a pod that ends. */
export class PodNetwork implements Disposable {
  readonly #images: Images;
  readonly #faults: FaultRegistry;
  readonly #activity: ActivityLog;
  readonly #owned = new DisposableStore();
  readonly #open = new Map<string, Set<PodSocket>>();

  constructor(store: Store, images: Images, faults: FaultRegistry, activity: ActivityLog) {
    this.#images = images;
    this.#faults = faults;
    this.#activity = activity;
    this.#owned.add(store.onDidChange((event) => this.#onChange(event)));
  }

  /**
   * Connects to a port of a pod. The caller owns the connection.
   * @throws ConnectError if the pod has stopped or nothing listens on the port
   */
  connect(pod: Pod, port: number): Duplex {
    if (isEnded(pod) || pod.status.podIP === undefined) {
      const id = sandboxId(pod);
      throw new ConnectError(`failed to find sandbox "${id}" in store: not found`);
    }
    const program = this.#faults.portFault('refusePort', pod, port) ? undefined : this.#listener(pod, port);
    if (program === undefined) throw new ConnectError(refusedText(pod, port));
    const [client, server] = PodSocket.pair();
    this.#track(pod, server);
    const stalled = this.#faults.portFault('stallPort', pod, port);
    if (stalled === undefined) program.accept(server, pod, port);
    else if (stalled.what === 'answer') server.resume();
    return client;
  }

  dispose(): void {
    this.#owned.dispose();
    for (const connections of this.#open.values()) {
      for (const connection of connections) connection.destroy();
    }
    for (const program of new Set(Object.values(this.#images))) program.dispose();
  }

  #listener(pod: Pod, port: number): Program | undefined {
    for (const { image, ports = [] } of pod.spec.containers) {
      const listens = ports.some((each) => each.protocol === 'TCP' && each.containerPort === port);
      if (listens) return this.#images[image.split(':', 1)[0] ?? ''];
    }
    return undefined;
  }

  #track(pod: Pod, server: PodSocket): void {
    const { uid } = pod.metadata;
    const connections = this.#open.get(uid) ?? new Set();
    this.#open.set(uid, connections.add(server));
    const closed = this.#activity.open('openPodConnections');
    server.once('close', () => {
      closed();
      connections.delete(server);
      if (connections.size === 0) this.#open.delete(uid);
    });
  }

  /** Closes the connections of a pod that was deleted, has ended or has restarted its containers. */
  #onChange({ type, resource, object, previous }: StoreEvent): void {
    if (resource !== 'pods') return;
    const connections = this.#open.get(object.metadata.uid);
    if (connections === undefined) return;
    const pod = object as Pod;
    if (type !== 'DELETED' && !isEnded(pod) && restarts(pod) === restarts(previous as Pod)) return;
    for (const connection of [...connections]) connection.destroy();
  }
}

/** Returns the error text of containerd for a failed connection into a pod. @param reason the cause */
export function inNetworkNamespace(pod: Pod, reason: string): string {
  const id = sandboxId(pod).slice(0, 32);
  const name = [id.slice(0, 8), id.slice(8, 12), id.slice(12, 16), id.slice(16, 20), id.slice(20, 32)].join(
    '-',
  );
  return `failed to execute portforward in network namespace "/var/run/netns/cni-${name}": ${reason}`;
}

function refusedText(pod: Pod, port: number): string {
  return inNetworkNamespace(
    pod,
    `failed to connect to localhost:${port} inside namespace "${sandboxId(pod)}", IPv4: dial tcp4 127.0.0.1:${port}: connect: connection refused IPv6 dial tcp6: address localhost: no suitable address found `,
  );
}

function restarts(pod: Pod | undefined): number {
  return (pod?.status.containerStatuses ?? []).reduce((sum, { restartCount }) => sum + restartCount, 0);
}
