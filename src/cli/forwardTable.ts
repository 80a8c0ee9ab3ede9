import { printable } from '../base/text.ts';
import type { ForwardSnapshot } from '../rpc/contract.ts';

/** A table as kubectl prints them. */
export function formatForwards(forwards: readonly ForwardSnapshot[]): string {
  const rows = [
    ['LABEL', 'ADDRESS', 'TARGET', 'NAMESPACE', 'CONTEXT', 'STATE', 'CONNECTIONS'],
    ...forwards.map((forward) => {
      const { specification, state, counts } = forward;
      const { target, remotePort, label } = specification;
      return [
        label ?? '-',
        forward.localAddress ?? '-',
        `${target.kind}/${target.name}:${remotePort}`,
        target.namespace,
        target.context.context,
        state.type,
        String(counts.open),
      ].map(printable);
    }),
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
