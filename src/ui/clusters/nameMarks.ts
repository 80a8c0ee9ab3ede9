import type { GatewaySnapshot } from '../../rpc/gatewayContract.ts';
import type { NameMark } from '../present/clusterRows.ts';
import { gatewayAddress, isGatewayRunning, nameUrl } from '../present/gatewayText.ts';
import { namespaceKey, targetKey } from './clusterNodes.ts';

interface Mark extends NameMark {
  readonly gatewayId: string;
}

/** The namespaces and services of the tree that are forwarded by name, by node id. */
export class NameMarks {
  #marks: ReadonlyMap<string, Mark>;

  constructor(gateways: readonly GatewaySnapshot[]) {
    this.#marks = marksOf(gateways);
  }

  of(nodeId: string): Mark | undefined {
    return this.#marks.get(nodeId);
  }

  /** Updates the marks from the current gateways. Returns the ids of the nodes that changed. */
  update(gateways: readonly GatewaySnapshot[]): readonly string[] {
    const before = this.#marks;
    this.#marks = marksOf(gateways);
    const ids = new Set([...before.keys(), ...this.#marks.keys()]);
    return [...ids].filter((id) => JSON.stringify(before.get(id)) !== JSON.stringify(this.#marks.get(id)));
  }
}

function marksOf(gateways: readonly GatewaySnapshot[]): ReadonlyMap<string, Mark> {
  const marks = new Map<string, Mark>();
  for (const gateway of gateways) {
    const address = gatewayAddress(gateway);
    if (address === undefined || !isGatewayRunning(gateway)) continue;
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
