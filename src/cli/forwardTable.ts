import { printable } from '../base/text.ts';
import type { ForwardSnapshot } from '../rpc/contract.ts';

const SHORT_KINDS: Readonly<Record<string, string>> = {
  pod: 'po',
  service: 'svc',
  deployment: 'deploy',
  replicaset: 'rs',
  statefulset: 'sts',
  daemonset: 'ds',
};

/** By what a forward can be named on the command line: label, target in its usual spellings, local port. */
export function forwardNames({ specification, localPort }: ForwardSnapshot): readonly string[] {
  const { kind, name } = specification.target;
  const targets = [kind, SHORT_KINDS[kind] ?? kind].map((spelling) => `${spelling}/${name}`);
  return [
    ...targets,
    ...targets.map((target) => `${target}:${specification.remotePort}`),
    ...(kind === 'pod' ? [name] : []),
    ...(specification.label === undefined ? [] : [specification.label]),
    ...(localPort === undefined ? [] : [String(localPort)]),
  ];
}

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
