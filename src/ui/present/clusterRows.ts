import { printable } from '../../base/text.ts';
import type { RowFlag } from '../../contributions.ts';
import { KINDS } from '../../kinds/targetKinds.ts';
import type {
  ContextRow,
  DeclaredPort,
  ErrorInfo,
  NamespaceRow,
  PodRow,
  ServiceRow,
  WorkloadRow,
} from '../../rpc/contract.ts';
import type { GroupKind } from '../clusters/clusterNodes.ts';
import { errorText, errorTitle } from './errorText.ts';
import { formatAge } from './format.ts';
import { portProblem, targetProblem } from './forwardable.ts';
import type { Localizer } from './localizer.ts';
import { forwardablePorts, portDescription } from './portInput.ts';
import { ICON_COLORS, joinLines, joinParts, type RowIcon, type RowPresentation } from './row.ts';

/** The address of a forwarded target or port, whether traffic passes, and whether a browser can show it. */
export interface ForwardMark {
  readonly address: string;
  readonly isReady: boolean;
  readonly isHttp: boolean;
}

/** The address of a namespace or service that is forwarded by name. */
export interface NameMark {
  /** `localhost:8900` of a namespace, the URL of a service. */
  readonly address: string;
  readonly isReady: boolean;
}

/** Data for the row of a target that does not come from the cluster. */
export interface TargetMarks {
  readonly forwardedTo: readonly ForwardMark[];
  /** The current time for ages, in milliseconds since the epoch. */
  readonly now: number;
  /** The URL by name, if the target is a service. Optional, default none. */
  readonly url?: string;
}

/** `isAmbiguous`: another kubeconfig has a context with the same name. */
export function presentContext(l10n: Localizer, row: ContextRow, isAmbiguous: boolean): RowPresentation {
  const label = printable(row.context);
  const description = joinParts([
    row.isCurrent ? l10n.t('current') : undefined,
    isAmbiguous ? printable(row.kubeconfig.split(/[\\/]/).at(-1) ?? '') : undefined,
  ]);
  return {
    label,
    description,
    tooltip: joinLines([
      [l10n.t('Context'), label],
      [l10n.t('Cluster'), printable(row.cluster)],
      [l10n.t('Server'), printable(row.server)],
      [l10n.t('User'), printable(row.user)],
      [l10n.t('Namespace'), printable(row.namespace)],
      [l10n.t('Kubeconfig'), printable(row.kubeconfig)],
      [l10n.t('Purpose'), demoPurpose(l10n, row)],
    ]),
    icon: {
      id: 'server-environment',
      ...(row.isCurrent ? { color: ICON_COLORS.good } : {}),
    },
    flags: ['context'],
    accessibleName: joinNames([l10n.t('Context {name}', { name: label }), description]),
  };
}

/** The purpose of a context of the demo cluster, recognized by its name and the loopback address of its server. */
function demoPurpose(l10n: Localizer, { context, server }: ContextRow): string | undefined {
  if (!/^https:\/\/(127\.0\.0\.1|localhost|\[::1\])[:/]/.test(server)) return undefined;
  switch (context) {
    case 'demo-admin':
      return l10n.t('full access');
    case 'demo-developer':
      return l10n.t('can forward in one namespace, cannot list namespaces');
    case 'demo-getonly':
      return l10n.t('can forward over WebSocket only (its role has the verb "get")');
    case 'demo-createonly':
      return l10n.t('can forward over SPDY only (its role has the verb "create")');
    case 'demo-viewer':
      return l10n.t('can view pods, cannot forward');
    case 'demo-certificate':
      return l10n.t('signs in with a client certificate');
    default:
      return undefined;
  }
}

export function presentNamespace(
  l10n: Localizer,
  row: NamespaceRow,
  state: {
    readonly filter: string;
    readonly isTyped: boolean;
    readonly isOwn?: boolean;
    /** The address at which its services are forwarded by name. Optional, default none. */
    readonly byName?: NameMark;
  },
): RowPresentation {
  const label = printable(row.name);
  const filter = state.filter === '' ? undefined : l10n.t('filter: {filter}', { filter: state.filter });
  const phase = row.phase === 'Active' || row.phase === '' ? undefined : printable(row.phase);
  // VS Code has no bold labels: highlights look like matches of a search.
  const current = state.isOwn === true ? l10n.t('current') : undefined;
  const flags: RowFlag[] = ['namespace'];
  if (filter !== undefined) flags.push('filtered');
  if (state.isTyped) flags.push('typed');
  if (state.byName !== undefined) flags.push('namesOpen');
  const address = state.byName && nameText(l10n, state.byName);
  return {
    label,
    description: joinParts([address && `→ ${address}`, current, phase, filter]),
    tooltip: joinLines([
      [l10n.t('Namespace'), label],
      [l10n.t('Status'), phase],
      [l10n.t('All Services by Name'), address],
    ]),
    icon: { id: state.isOwn === true ? 'folder-active' : 'folder' },
    ...(state.byName && { decoration: state.byName.isReady ? 'forwarded' : 'disconnected' }),
    flags,
    accessibleName: joinNames([
      l10n.t('Namespace {name}', { name: label }),
      address && l10n.t('all services forwarded by name to {address}', { address }),
      ...[current, phase, filter],
    ]),
  };
}

function nameText(l10n: Localizer, { address, isReady }: NameMark): string {
  return isReady ? address : l10n.t('{address} (not connected)', { address });
}

export function presentGroup(l10n: Localizer, kind: GroupKind): RowPresentation {
  const label = groupName(l10n, kind);
  return {
    label,
    icon: { id: GROUP_ICONS[kind] },
    flags: ['group'],
    accessibleName: label,
  };
}

const GROUP_ICONS: Readonly<Record<GroupKind, string>> = {
  services: 'type-hierarchy-sub',
  workloads: 'layers',
  pods: 'package',
};

export function groupName(l10n: Localizer, kind: GroupKind): string {
  switch (kind) {
    case 'services':
      return l10n.t('Services');
    case 'workloads':
      return l10n.t('Workloads');
    case 'pods':
      return l10n.t('Pods');
  }
}

export function presentPod(l10n: Localizer, row: PodRow, marks: TargetMarks): RowPresentation {
  const restarts =
    row.restarts === 0
      ? undefined
      : row.restarts === 1
        ? l10n.t('1 restart')
        : l10n.t('{count} restarts', { count: row.restarts });
  const status = printable(row.status);
  const ready = `${row.readyContainers}/${row.containers}`;
  return presentTarget(l10n, marks, {
    row,
    label: printable(row.name),
    accessibleName: l10n.t('Pod {name}', { name: printable(row.name) }),
    facts: [status, ready, restarts],
    icon: podIcon(row),
    lines: [
      [l10n.t('Pod'), printable(row.name)],
      [l10n.t('Status'), status],
      [l10n.t('Ready'), ready],
      [l10n.t('Restarts'), String(row.restarts)],
      [l10n.t('Age'), formatAge(row.createdAt, marks.now)],
      [l10n.t('Node'), row.node === undefined ? undefined : printable(row.node)],
      [l10n.t('IP'), row.ip === undefined ? undefined : printable(row.ip)],
      [l10n.t('Containers'), printable(row.containerNames.join(', '))],
      [l10n.t('Ports'), describePorts(row.ports)],
    ],
  });
}

export function presentService(l10n: Localizer, row: ServiceRow, marks: TargetMarks): RowPresentation {
  const type = printable(row.serviceType);
  return presentTarget(l10n, marks, {
    row,
    label: printable(row.name),
    accessibleName: l10n.t('Service {name}', { name: printable(row.name) }),
    facts: [type, row.ports.map((port) => port.number).join(', ')],
    icon: serviceIcon(l10n, row),
    lines: [
      [l10n.t('Service'), printable(row.name)],
      [l10n.t('Type'), type],
      [l10n.t('Cluster IP'), row.clusterIp === undefined ? undefined : printable(row.clusterIp)],
      [l10n.t('Ports'), describePorts(row.ports)],
    ],
  });
}

export function presentWorkload(l10n: Localizer, row: WorkloadRow, marks: TargetMarks): RowPresentation {
  const kind = KINDS[row.kind].manifestKind;
  const ready = row.status === undefined ? `${row.ready}/${row.desired}` : printable(row.status);
  return presentTarget(l10n, marks, {
    row,
    label: printable(row.name),
    accessibleName: `${kind} ${printable(row.name)}`,
    kind,
    facts: [ready],
    icon: workloadIcon(row),
    lines: [
      [kind, printable(row.name)],
      [row.status === undefined ? l10n.t('Ready') : l10n.t('Status'), ready],
      [l10n.t('Ports'), describePorts(row.ports)],
    ],
  });
}

/** An error row in place of the rows that could not be listed. `kubeconfig`: the file that may cause the error, optional. */
export function presentError(l10n: Localizer, error: ErrorInfo, kubeconfig?: string): RowPresentation {
  const label = errorTitle(l10n, error.code);
  const description = errorText(l10n, error);
  return {
    label,
    description,
    tooltip: description,
    icon: { id: 'error', color: ICON_COLORS.bad },
    flags: kubeconfig === undefined ? ['error'] : ['error', 'kubeconfig'],
    accessibleName: joinNames([label, description]),
  };
}

export function presentShowMore(
  l10n: Localizer,
  counts: { readonly shown: number; readonly matching: number },
): RowPresentation {
  const label = l10n.t('Show More');
  const description = l10n.t('{shown} of {total} shown', { shown: counts.shown, total: counts.matching });
  return {
    label,
    description,
    icon: { id: 'ellipsis' },
    flags: ['showMore'],
    accessibleName: joinNames([label, description]),
  };
}

/** A row with a message, such as "No pods", or with an offer that a click runs. */
export function presentMessage(label: string, isOffer: boolean): RowPresentation {
  return {
    label,
    icon: isOffer ? { id: 'add' } : { id: 'info', color: ICON_COLORS.quiet },
    flags: ['message'],
    accessibleName: label,
  };
}

interface TargetFacts {
  readonly row: PodRow | ServiceRow | WorkloadRow;
  readonly label: string;
  readonly accessibleName: string;
  /** Shown in the description, but left out of the accessible name, which already has it. */
  readonly kind?: string;
  readonly facts: readonly (string | undefined)[];
  readonly icon: RowIcon;
  readonly lines: readonly (readonly [string, string | undefined])[];
}

/**
 * The row of a target. Its address, or why it cannot be forwarded, comes first, because a narrow side bar cuts off the rest. Its icon still
 * shows the state of the target; description and color show the state of the forward.
 */
function presentTarget(l10n: Localizer, marks: TargetMarks, target: TargetFacts): RowPresentation {
  const { addresses, flags, ...look } = presentMarks(l10n, marks.forwardedTo);
  const problem = targetProblem(l10n, target.row);
  const hasSeveralPorts = problem === undefined && forwardablePorts(target.row.ports).length > 1;
  return {
    label: target.label,
    description: joinParts([addresses && `→ ${addresses}`, problem, target.kind, ...target.facts]),
    tooltip: joinLines([
      ...target.lines,
      [l10n.t('Cannot Be Forwarded'), problem],
      [l10n.t('Forwarded Address'), addresses],
      [l10n.t('By Name'), marks.url],
    ]),
    icon: target.icon,
    ...look,
    flags: [
      'target',
      ...(problem === undefined ? (['forwardable'] as const) : []),
      ...flags,
      ...(marks.url === undefined ? [] : (['byName'] as const)),
      ...(hasSeveralPorts ? (['severalPorts'] as const) : []),
    ],
    accessibleName: joinNames([
      target.accessibleName,
      addresses && l10n.t('forwarded to {addresses}', { addresses }),
      ...target.facts,
      problem && l10n.t('cannot be forwarded: {reason}', { reason: problem }),
    ]),
  };
}

/** A port of a target, beneath it. */
export function presentPort(
  l10n: Localizer,
  port: DeclaredPort,
  target: PodRow | ServiceRow | WorkloadRow,
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
      [l10n.t('Port'), describePorts([port])],
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

/** Returns the parts of a row that show its forwards. */
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

export function serviceIcon(l10n: Localizer, row: ServiceRow): RowIcon {
  const isQuiet = targetProblem(l10n, row) !== undefined;
  return { id: 'type-hierarchy-sub', ...(isQuiet && { color: ICON_COLORS.quiet }) };
}

export function workloadIcon({ desired, ready }: WorkloadRow): RowIcon {
  if (desired === 0) return { id: 'layers', color: ICON_COLORS.quiet };
  if (ready >= desired) return { id: 'layers', color: ICON_COLORS.good };
  return { id: 'layers', color: ready > 0 ? ICON_COLORS.pending : ICON_COLORS.bad };
}

export function podIcon(row: PodRow): RowIcon {
  if (row.status === 'Terminating') return { id: 'circle-slash', color: ICON_COLORS.quiet };
  if (row.phase === 'Succeeded') return { id: 'pass', color: ICON_COLORS.quiet };
  if (row.phase === 'Failed') return { id: 'error', color: ICON_COLORS.bad };
  if (row.phase === 'Running') {
    if (row.isReady) return { id: 'circle-filled', color: ICON_COLORS.good };
    // The phase is Running but the status is not: CrashLoopBackOff, Error, ...
    return row.status === 'Running'
      ? { id: 'circle-outline', color: ICON_COLORS.pending }
      : { id: 'error', color: ICON_COLORS.bad };
  }
  return { id: 'clock', color: ICON_COLORS.pending };
}

function describePorts(ports: readonly DeclaredPort[]): string {
  return ports
    .map((port) => {
      const name = port.name === undefined ? '' : ` ${printable(port.name)}`;
      const container = port.container === undefined ? '' : ` (${printable(port.container)})`;
      return `${port.number}/${printable(port.protocol)}${name}${container}`;
    })
    .join(', ');
}

function joinNames(parts: readonly (string | undefined)[]): string {
  return parts.filter((part) => part !== undefined && part !== '').join(', ');
}
