import { printable } from '../base/text.ts';
import type { GatewayState } from '../kinds/gateway.ts';
import { formatTargetPort } from '../kinds/target.ts';
import type { ForwardSnapshot, ForwardState } from '../rpc/forwardsContract.ts';
import type { GatewaySnapshot } from '../rpc/gatewayContract.ts';
import type { ErrorInfo } from '../rpc/messages.ts';
import { fromErrorInfo } from '../rpc/rpcErrors.ts';

/** Formats forwards and gateways as a table, as kubectl does. The REASON column appears only if a row has a reason. */
export function formatForwards(
  forwards: readonly ForwardSnapshot[],
  proxies: readonly GatewaySnapshot[] = [],
): string {
  const reasons = [...forwards, ...proxies].map(({ state }) => reasonOf(state));
  const hasReasons = reasons.some((reason) => reason !== '');
  const rows = [
    ['LABEL', 'ADDRESS', 'TARGET', 'NAMESPACE', 'CONTEXT', 'STATE', 'CONNECTIONS'].concat(
      hasReasons ? ['REASON'] : [],
    ),
    ...[...forwards.map(forwardCells), ...proxies.map(proxyCells)].map((cells, index) =>
      [...cells, ...(hasReasons ? [reasons[index] ?? ''] : [])].map(printable),
    ),
  ];
  const widths = rows[0]?.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0))) ?? [];
  return rows
    .map(
      (row) =>
        `${row
          .map((cell, column) => cell.padEnd(widths[column] ?? 0))
          .join('   ')
          .trimEnd()}\n`,
    )
    .join('');
}

function forwardCells({ specification, state, counts, localAddress }: ForwardSnapshot): readonly string[] {
  const { target, remotePort, label } = specification;
  return [
    label ?? '-',
    localAddress ?? '-',
    formatTargetPort(target, remotePort),
    target.namespace,
    target.context.context,
    state.type,
    String(counts.open),
  ];
}

function proxyCells({ specification, state, counts, localAddress }: GatewaySnapshot): readonly string[] {
  const { namespaces, context } = specification;
  return [
    '-',
    localAddress ?? '-',
    '(all services)',
    namespaces.join(','),
    context.context,
    state.type,
    String(counts.open),
  ];
}

/**
 * Returns a sentence with the reason why local clients cannot connect through a forward or gateway. Returns an empty
 * text if its state contains no reason.
 */
export function reasonOf(state: ForwardState | GatewayState<ErrorInfo>): string {
  const waiting = state.type === 'starting' && 'waiting' in state ? state.waiting : undefined;
  const reason = waiting ?? ('error' in state ? state.error : undefined);
  return reason === undefined ? '' : fromErrorInfo(reason).message;
}
