import { printable } from '../../base/text.ts';
import { KINDS } from '../../kinds/targetKinds.ts';
import type { PodRow, ServiceRow, WorkloadRow } from '../../rpc/contract.ts';
import { podIcon, serviceIcon, workloadIcon } from './clusterRows.ts';
import { targetProblem } from './forwardable.ts';
import type { Localizer } from './localizer.ts';
import { forwardablePorts } from './portInput.ts';
import { joinParts, type RowIcon } from './row.ts';

/** A target in a pick: its kind as Kubernetes writes it, its state, its ports, and the reason why it cannot be forwarded. */
export interface TargetFacts {
  readonly icon: RowIcon;
  readonly description: string;
  readonly problem?: string;
}

export function targetFacts(l10n: Localizer, row: PodRow | ServiceRow | WorkloadRow): TargetFacts {
  const problem = targetProblem(l10n, row);
  const ports = forwardablePorts(row.ports)
    .map(({ number }) => number)
    .join(', ');
  const facts = { description: joinParts([kindName(l10n, row), stateOf(row), ports, problem]) };
  return { icon: iconOf(l10n, row), ...facts, ...(problem !== undefined && { problem }) };
}

function kindName(l10n: Localizer, row: PodRow | ServiceRow | WorkloadRow): string {
  switch (row.type) {
    case 'pod':
      return l10n.t('Pod');
    case 'service':
      return l10n.t('Service');
    case 'workload':
      return KINDS[row.kind].manifestKind;
  }
}

function stateOf(row: PodRow | ServiceRow | WorkloadRow): string {
  switch (row.type) {
    case 'pod':
      return `${printable(row.status)} ${row.readyContainers}/${row.containers}`;
    case 'service':
      return printable(row.serviceType);
    case 'workload':
      return row.status === undefined ? `${row.ready}/${row.desired}` : printable(row.status);
  }
}

function iconOf(l10n: Localizer, row: PodRow | ServiceRow | WorkloadRow): RowIcon {
  switch (row.type) {
    case 'pod':
      return podIcon(row);
    case 'service':
      return serviceIcon(l10n, row);
    case 'workload':
      return workloadIcon(row);
  }
}
