import { defined } from '../base/defined.ts';
import type { ForwardCounters } from '../kinds/forwardCounters.ts';
import type { LocalAddress } from '../kinds/ports.ts';
import { formatTarget } from '../kinds/target.ts';
import type { ForwardSnapshot } from '../rpc/forwardsContract.ts';
import { reasonOf } from './forwardTable.ts';

/** The names of the counters in the output of `list -o json`. */
const COUNT_FIELDS = {
  open: 'openConnections',
  total: 'totalConnections',
  failed: 'failedConnections',
  bytesSent: 'bytesSent',
  bytesReceived: 'bytesReceived',
} as const satisfies Readonly<Record<keyof ForwardCounters, string>>;

type CountFields = { readonly [Name in keyof ForwardCounters as (typeof COUNT_FIELDS)[Name]]: number };

/**
 * A forward in the output of `list -o json`: one flat object per line. Fields without a value are omitted. Documented
 * in docs/terminal.md.
 */
export interface ListedForward extends CountFields {
  readonly id: string;
  readonly label?: string;
  /** The target as on the command line: `service/web`, `-l app=web`. */
  readonly target: string;
  /** The requested port: a number or a name. */
  readonly remotePort: number | string;
  readonly namespace: string;
  readonly context: string;
  /** The path of the kubeconfig; empty for the default kubeconfig. */
  readonly kubeconfig: string;
  readonly state: string;
  /** The reason why local clients cannot connect through the forward. Omitted if they can. */
  readonly reason?: string;
  readonly pod?: string;
  readonly transport?: string;
  /** A local address with its port: `127.0.0.1:8080`. */
  readonly localAddress?: string;
  readonly localPort?: number;
  /** All addresses that the forward listens on. */
  readonly localAddresses?: readonly LocalAddress[];
}

export function toListed(forward: ForwardSnapshot): ListedForward {
  const { id, specification, state, counts, localAddress, localPort, localAddresses } = forward;
  const { target, remotePort, label } = specification;
  const tunnel = state.type === 'ready' ? state : state.type === 'reconnecting' ? state.tunnel : undefined;
  const reason = reasonOf(state);
  return {
    id,
    ...defined({ label }),
    target: formatTarget(target),
    remotePort,
    namespace: target.namespace,
    context: target.context.context,
    kubeconfig: target.context.kubeconfig,
    state: state.type,
    ...(reason !== '' && { reason }),
    ...(tunnel && { pod: tunnel.pod, transport: tunnel.transport }),
    ...defined({ localAddress, localPort, localAddresses }),
    ...countFields(counts),
  };
}

/** Returns the counters of a forward or gateway under the names that `list -o json` prints. */
export function countFields(counters: ForwardCounters): CountFields {
  const names = Object.keys(COUNT_FIELDS) as (keyof ForwardCounters)[];
  return Object.fromEntries(names.map((name) => [COUNT_FIELDS[name], counters[name]])) as CountFields;
}
