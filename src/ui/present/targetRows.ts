import { defined } from '../../base/defined.ts';
import { printable } from '../../base/text.ts';
import type { DeclaredPort } from '../../kinds/ports.ts';
import { KINDS } from '../../kinds/targetKinds.ts';
import type { PodRow, ServiceRow, WorkloadRow } from '../../rpc/clustersContract.ts';
import type { TargetRow } from '../clusters/clusterNodes.ts';
import type { ForwardMark } from '../clusters/marks.ts';
import { formatAge } from './format.ts';
import { portProblem, targetProblem } from './forwardable.ts';
import type { Localizer } from './localizer.ts';
import { forwardablePorts, portDescription, portText } from './portInput.ts';
import { ICON_COLORS, joinLines, joinNames, joinParts, type RowIcon, type RowPresentation } from './row.ts';

/** What the row of a target shows in addition to the data of the target from the cluster. */
export interface TargetMarks {
  readonly forwardedTo: readonly ForwardMark[];
  /** The current time, from which the row calculates the age of a pod; milliseconds since the epoch. */
  readonly now: number;
  /** The URL at which a browser reaches the service by name. Optional, default none. */
  readonly url?: string | undefined;
}

/** What rows and quick picks show about the kind and the state of a target. */
interface TargetFacts {
  /** The kind as Kubernetes writes it: `StatefulSet`. */
  readonly kind: string;
  /** Kind and name, for screen readers. */
  readonly accessibleName: string;
  /** The state as one text, for a quick pick. */
  readonly state: string;
  /** The state as several texts, for a row of the tree. */
  readonly facts: readonly (string | undefined)[];
  readonly icon: RowIcon;
  /** The lines of the tooltip after the name. */
  readonly lines: readonly (readonly [title: string, value: string | undefined])[];
}

/**
 * The row of a target. The description begins with the forwarded address or the reason why the target cannot be
 * forwarded, because a narrow side bar cuts off the rest. The icon shows the state of the target; the description and
 * the color of the label show the state of the forward.
 */
export function presentTarget(l10n: Localizer, row: TargetRow, marks: TargetMarks): RowPresentation {
  const { kind, accessibleName, facts, icon, lines } = targetFacts(l10n, row, marks.now);
  const { addresses, flags, ...look } = presentMarks(l10n, marks.forwardedTo);
  const problem = targetProblem(l10n, row);
  const label = printable(row.name);
  const hasSeveralPorts = problem === undefined && forwardablePorts(row.ports).length > 1;
  return {
    label,
    description: joinParts([
      addresses && `→ ${addresses}`,
      problem,
      // Only the row of a workload contains its kind as text, because all kinds of workloads have the same icon. Pods
      // and services have icons of their own.
      row.type === 'workload' ? kind : undefined,
      ...facts,
    ]),
    tooltip: joinLines([
      [kind, label],
      ...lines,
      [l10n.t('Ports'), row.ports.map(portText).join(', ')],
      [l10n.t('Cannot Be Forwarded'), problem],
      [l10n.t('Forwarded Address'), addresses],
      [l10n.t('By Name'), marks.url],
    ]),
    icon,
    ...look,
    flags: [
      'target',
      ...(problem === undefined ? (['forwardable'] as const) : []),
      ...flags,
      ...(marks.url === undefined ? [] : (['byName'] as const)),
      ...(hasSeveralPorts ? (['severalPorts'] as const) : []),
    ],
    accessibleName: joinNames([
      accessibleName,
      addresses && l10n.t('forwarded to {addresses}', { addresses }),
      ...facts,
      problem && l10n.t('cannot be forwarded: {reason}', { reason: problem }),
    ]),
  };
}

/** A target in a quick pick, with its kind, state and ports, and the reason if it cannot be forwarded. */
export function presentPickedTarget(
  l10n: Localizer,
  row: TargetRow,
): { readonly icon: RowIcon; readonly description: string; readonly problem?: string } {
  const { kind, state, icon } = targetFacts(l10n, row, 0);
  const problem = targetProblem(l10n, row);
  const ports = forwardablePorts(row.ports).map(({ number }) => number);
  const description = joinParts([kind, state, ports.join(', '), problem]);
  return { icon, description, ...defined({ problem }) };
}

/** @param now the current time, from which ages are calculated; milliseconds since the epoch */
function targetFacts(l10n: Localizer, row: TargetRow, now: number): TargetFacts {
  switch (row.type) {
    case 'pod':
      return podFacts(l10n, row, now);
    case 'service':
      return serviceFacts(l10n, row);
    case 'workload':
      return workloadFacts(l10n, row);
  }
}

function podFacts(l10n: Localizer, row: PodRow, now: number): TargetFacts {
  const restarts =
    row.restarts === 1 ? l10n.t('1 restart') : l10n.t('{count} restarts', { count: row.restarts });
  const status = printable(row.status);
  const ready = `${row.readyContainers}/${row.containers}`;
  return {
    kind: l10n.t('Pod'),
    accessibleName: l10n.t('Pod {name}', { name: printable(row.name) }),
    state: `${status} ${ready}`,
    facts: [status, ready, row.restarts === 0 ? undefined : restarts],
    icon: podIcon(row),
    lines: [
      [l10n.t('Status'), status],
      [l10n.t('Ready'), ready],
      [l10n.t('Restarts'), String(row.restarts)],
      [l10n.t('Age'), formatAge(row.createdAt, now)],
      [l10n.t('Node'), row.node && printable(row.node)],
      [l10n.t('IP'), row.ip && printable(row.ip)],
      [l10n.t('Containers'), printable(row.containerNames.join(', '))],
    ],
  };
}

function serviceFacts(l10n: Localizer, row: ServiceRow): TargetFacts {
  const type = printable(row.serviceType);
  const isQuiet = targetProblem(l10n, row) !== undefined;
  return {
    kind: l10n.t('Service'),
    accessibleName: l10n.t('Service {name}', { name: printable(row.name) }),
    state: type,
    facts: [type, row.ports.map((port) => port.number).join(', ')],
    icon: { id: 'type-hierarchy-sub', ...(isQuiet && { color: ICON_COLORS.quiet }) },
    lines: [
      [l10n.t('Type'), type],
      [l10n.t('Cluster IP'), row.clusterIp && printable(row.clusterIp)],
    ],
  };
}

function workloadFacts(l10n: Localizer, row: WorkloadRow): TargetFacts {
  const kind = KINDS[row.kind].manifestKind;
  const state = row.status === undefined ? `${row.ready}/${row.desired}` : printable(row.status);
  return {
    ...{ kind, state, facts: [state], icon: workloadIcon(row) },
    accessibleName: `${kind} ${printable(row.name)}`,
    lines: [[row.status === undefined ? l10n.t('Ready') : l10n.t('Status'), state]],
  };
}

/** The row of a port, below the row of its target. */
export function presentPort(
  l10n: Localizer,
  port: DeclaredPort,
  target: TargetRow,
  forwardedTo: readonly ForwardMark[],
): RowPresentation {
  const label = String(port.number);
  const { addresses, flags, ...look } = presentMarks(l10n, forwardedTo);
  const problem = portProblem(l10n, port) ?? targetProblem(l10n, target);
  const facts = [problem, portDescription(port)];
  return {
    label,
    description: joinParts([addresses && `→ ${addresses}`, ...facts]),
    tooltip: joinLines([
      [l10n.t('Port'), portText(port)],
      [l10n.t('Cannot Be Forwarded'), problem],
      [l10n.t('Forwarded Address'), addresses],
    ]),
    icon:
      problem === undefined
        ? { id: 'plug', ...(addresses !== undefined && { color: ICON_COLORS.forwarded }) }
        : { id: 'circle-slash', color: ICON_COLORS.quiet },
    ...look,
    flags: ['port', ...(problem === undefined ? (['forwardable'] as const) : []), ...flags],
    accessibleName: joinNames([
      l10n.t('Port {port}', { port: port.number }),
      addresses && l10n.t('forwarded to {addresses}', { addresses }),
      ...facts,
    ]),
  };
}

/** Returns what the row of a target or port shows because of its forwards: their addresses, a color and flags. */
function presentMarks(
  l10n: Localizer,
  forwardedTo: readonly ForwardMark[],
): Pick<RowPresentation, 'decoration' | 'flags'> & { readonly addresses?: string } {
  if (forwardedTo.length === 0) return { flags: [] };
  const isReady = forwardedTo.every((mark) => mark.isReady);
  const isHttp = forwardedTo.some((mark) => mark.isHttp);
  return {
    addresses: forwardedTo
      .map(({ address, isReady: isUp }) =>
        isUp ? address : l10n.t('{address} (not connected)', { address }),
      )
      .join(', '),
    decoration: isReady ? 'forwarded' : 'disconnected',
    flags: isHttp ? ['forwarded', 'http'] : ['forwarded'],
  };
}

function workloadIcon({ desired, ready }: WorkloadRow): RowIcon {
  if (desired === 0) return { id: 'layers', color: ICON_COLORS.quiet };
  if (ready >= desired) return { id: 'layers', color: ICON_COLORS.good };
  return { id: 'layers', color: ready > 0 ? ICON_COLORS.pending : ICON_COLORS.bad };
}

function podIcon(row: PodRow): RowIcon {
  if (row.status === 'Terminating') return { id: 'circle-slash', color: ICON_COLORS.quiet };
  if (row.phase === 'Succeeded') return { id: 'pass', color: ICON_COLORS.quiet };
  if (row.phase === 'Failed') return { id: 'error', color: ICON_COLORS.bad };
  if (row.phase === 'Running') {
    if (row.isReady) return { id: 'circle-filled', color: ICON_COLORS.good };
    // The phase of the pod is Running, but the pod is not Ready. If the STATUS that kubectl shows is also Running, the
    // pod may still become Ready. Any other STATUS, for example CrashLoopBackOff, counts as an error.
    return row.status === 'Running'
      ? { id: 'circle-outline', color: ICON_COLORS.pending }
      : { id: 'error', color: ICON_COLORS.bad };
  }
  return { id: 'clock', color: ICON_COLORS.pending };
}
