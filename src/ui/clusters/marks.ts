import { looksLikeHttp } from '../../kinds/portProtocol.ts';
import type { ForwardSnapshot } from '../../rpc/forwardsContract.ts';
import type { GatewaySnapshot } from '../../rpc/gatewayContract.ts';
import { forwardedAddress, isBound, isUp } from '../present/forwardText.ts';
import { gatewayAddress, nameUrl } from '../present/gatewayText.ts';
import { knownPort } from '../present/knownPort.ts';
import { namespaceKey, portKey, targetKey } from './clusterNodes.ts';

/** What the row of a target or a port in the Clusters view shows about a forward. */
export interface ForwardMark {
  readonly forwardId: string;
  readonly address: string;
  /** Whether the forwarded port probably serves web pages. The row then offers Open in Browser. */
  readonly isHttp: boolean;
  /** Whether connections through the forward reach the pod now. */
  readonly isReady: boolean;
}

/**
 * What the row of a namespace or a service in the Clusters view shows about the gateway that makes the services of the
 * namespace reachable by name.
 */
export interface NameMark {
  readonly gatewayId: string;
  /** `localhost:8900` in the row of a namespace, the URL in the row of a service. */
  readonly address: string;
  readonly isReady: boolean;
}

/**
 * The marks of the rows in the Clusters view, by the id of the node. A mark is what a row shows about a forward or a
 * gateway.
 */
export class Marks<Source, Mark> {
  readonly #read: (all: readonly Source[]) => ReadonlyMap<string, Mark>;
  #marks: ReadonlyMap<string, Mark>;

  constructor(read: (all: readonly Source[]) => ReadonlyMap<string, Mark>, first: readonly Source[]) {
    this.#read = read;
    this.#marks = read(first);
  }

  of(nodeId: string): Mark | undefined {
    return this.#marks.get(nodeId);
  }

  /**
   * Replaces all marks by those of the current forwards or gateways. Returns the ids of the nodes whose marks changed,
   * because their rows must be drawn again.
   */
  update(all: readonly Source[]): readonly string[] {
    const before = this.#marks;
    this.#marks = this.#read(all);
    const ids = new Set([...before.keys(), ...this.#marks.keys()]);
    return [...ids].filter((id) => JSON.stringify(before.get(id)) !== JSON.stringify(this.#marks.get(id)));
  }
}

/**
 * Returns the marks of all forwards, by the id of the node. A forward has a mark in the row of its target, and in the
 * row of the forwarded port below that row. While the forward is ready, the rows of its current pod and of the pod's
 * port have the mark, too.
 */
export function forwardMarks(
  forwards: readonly ForwardSnapshot[],
): ReadonlyMap<string, readonly ForwardMark[]> {
  const marks = new Map<string, ForwardMark[]>();
  for (const forward of forwards) {
    const address = forwardedAddress(forward);
    // A forward that is still starting gets no mark, because it does not lead to a pod yet and may fail.
    if (address === undefined || !isBound(forward) || forward.state.type === 'starting') continue;
    const ids = new Set(markedIds(forward));
    const mark = {
      forwardId: forward.id,
      address,
      isHttp: looksLikeHttp(knownPort(forward)),
      isReady: forward.state.type === 'ready',
    };
    for (const id of ids) marks.set(id, [...(marks.get(id) ?? []), mark]);
  }
  return marks;
}

function markedIds({ specification, state, remotePort: podPort }: ForwardSnapshot): readonly string[] {
  const { target, remotePort } = specification;
  const ids = [targetKey(target), portKey(target, remotePort)];
  if (state.type !== 'ready') return ids;
  const pod = { ...target, kind: 'pod', name: state.pod } as const;
  ids.push(targetKey(pod));
  if (podPort !== undefined) ids.push(portKey(pod, podPort));
  return ids;
}

/**
 * Returns the marks of all gateways, by the id of the node. A gateway is marked in the rows of its namespaces, and of
 * each service that a browser can reach by its URL.
 */
export function nameMarks(gateways: readonly GatewaySnapshot[]): ReadonlyMap<string, NameMark> {
  const marks = new Map<string, NameMark>();
  for (const gateway of gateways) {
    const address = gatewayAddress(gateway);
    if (address === undefined || !isUp(gateway)) continue;
    const { context, namespaces } = gateway.specification;
    const mark = { gatewayId: gateway.id, isReady: gateway.state.type === 'ready' };
    for (const namespace of namespaces) marks.set(namespaceKey(context, namespace), { ...mark, address });
    for (const service of gateway.services) {
      const { namespace, name } = service;
      const url = nameUrl(service);
      if (url === undefined) continue;
      marks.set(targetKey({ context, namespace, kind: 'service', name }), { ...mark, address: url });
    }
  }
  return marks;
}
