import { hostOf, isLoopback } from '../../base/address.ts';
import { defined } from '../../base/defined.ts';
import { printable } from '../../base/text.ts';
import type { RowFlag } from '../../contributions.ts';
import type { ContextRow, NamespaceRow } from '../../rpc/clustersContract.ts';
import type { ErrorInfo } from '../../rpc/messages.ts';
import {
  type ClusterNode,
  type GroupKind,
  isOwnNamespace,
  type MessageNode,
} from '../clusters/clusterNodes.ts';
import type { ForwardMark, NameMark } from '../clusters/marks.ts';
import { errorText, errorTitle, isForbidden } from './errorText.ts';
import type { Localizer } from './localizer.ts';
import { ICON_COLORS, joinLines, joinNames, joinParts, type RowPresentation } from './row.ts';
import { presentPort, presentTarget } from './targetRows.ts';

/** What the row of a node shows in addition to the data of the node itself. */
export interface NodeMarks {
  /** The forwards to the target or port that the node represents. Empty for all other nodes. */
  readonly forwardedTo: readonly ForwardMark[];
  /**
   * For a namespace that is open by name, the address of its gateway. For a service of such a namespace, the URL of the
   * service. Undefined for all other nodes.
   */
  readonly byName: NameMark | undefined;
  /**
   * The text by which the user filters the targets of a namespace. Empty if the node is no namespace or has no filter.
   */
  readonly filter: string;
}

/** The row of a node of the Clusters view. */
export function presentNode(
  l10n: Localizer,
  node: ClusterNode,
  { forwardedTo, byName, filter }: NodeMarks,
): RowPresentation {
  switch (node.type) {
    case 'context':
      return presentContext(l10n, node.row, node.isAmbiguous);
    case 'namespace': {
      const { isTyped } = node;
      const state = { filter, isTyped, isOwn: isOwnNamespace(node), ...defined({ byName }) };
      return presentNamespace(l10n, node.row, state);
    }
    case 'group':
      return presentGroup(l10n, node.kind);
    case 'target':
      return presentTarget(l10n, node.row, { forwardedTo, now: Date.now(), url: byName?.address });
    case 'port':
      return presentPort(l10n, node.port, node.parent.row, forwardedTo);
    case 'showMore':
      return presentShowMore(l10n, node);
    case 'error':
      return presentError(l10n, node.error, node.kubeconfig);
    case 'message':
      return presentMessage(emptyText(l10n, node.message), node.message.type === 'showNamespace');
  }
}

/**
 * The row of a context. If `isAmbiguous` is true, another kubeconfig has a context with the same name, and the row also
 * shows the name of the kubeconfig file.
 */
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

/** The purposes of the contexts of the demo cluster. */
const DEMO_PURPOSES: Readonly<Record<string, (l10n: Localizer) => string>> = {
  'demo-admin': (l10n) => l10n.t('full access'),
  'demo-developer': (l10n) => l10n.t('can forward in one namespace, cannot list namespaces'),
  'demo-getonly': (l10n) => l10n.t('can forward over WebSocket only (its role has the verb "get")'),
  'demo-createonly': (l10n) => l10n.t('can forward over SPDY only (its role has the verb "create")'),
  'demo-viewer': (l10n) => l10n.t('can view pods, cannot forward'),
  'demo-certificate': (l10n) => l10n.t('signs in with a client certificate'),
};

/**
 * Returns what a context of the demo cluster is for; undefined for other contexts. A context belongs to the demo
 * cluster if it has one of the known names and its server has a loopback address.
 */
function demoPurpose(l10n: Localizer, { context, server }: ContextRow): string | undefined {
  if (!isLoopbackServer(server)) return undefined;
  return Object.hasOwn(DEMO_PURPOSES, context) ? DEMO_PURPOSES[context]?.(l10n) : undefined;
}

function isLoopbackServer(server: string): boolean {
  return server.startsWith('https://') && URL.canParse(server) && isLoopback(hostOf(new URL(server)));
}

export function presentNamespace(
  l10n: Localizer,
  row: NamespaceRow,
  state: {
    readonly filter: string;
    readonly isTyped: boolean;
    readonly isOwn?: boolean;
    /** The address at which programs reach the services of the namespace by name. Optional, default none. */
    readonly byName?: NameMark;
  },
): RowPresentation {
  const label = printable(row.name);
  const filter = state.filter === '' ? undefined : l10n.t('filter: {filter}', { filter: state.filter });
  const phase = row.phase === 'Active' || row.phase === '' ? undefined : printable(row.phase);
  // The word "current" marks the default namespace of the context. Other marks are not possible: the tree cannot show
  // bold labels, and a highlighted label would look like a match of a search.
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

function presentGroup(l10n: Localizer, kind: GroupKind): RowPresentation {
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

/**
 * The row that a context or group (such as *Pods*) shows if its rows could not be listed. Also the row that the tree
 * shows if a kubeconfig could not be read.
 * @param kubeconfig the path of the kubeconfig that may be the cause of the error. The row then offers to open this
 *   file. Optional
 */
export function presentError(l10n: Localizer, error: ErrorInfo, kubeconfig?: string): RowPresentation {
  const label = errorTitle(l10n, error.code);
  const description = errorText(l10n, error);
  return {
    label,
    description,
    tooltip: description,
    icon: { id: 'error', color: ICON_COLORS.bad },
    flags: [
      'error',
      ...(kubeconfig === undefined ? [] : (['kubeconfig'] as const)),
      ...(isForbidden(error) ? (['forbidden'] as const) : []),
    ],
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

/** A row with a message, such as "No pods", or with an offer, such as "Add Namespace...", which a click accepts. */
export function presentMessage(label: string, isOffer: boolean): RowPresentation {
  return {
    label,
    icon: isOffer ? { id: 'add' } : { id: 'info', color: ICON_COLORS.quiet },
    flags: ['message'],
    accessibleName: label,
  };
}

/** Returns the text of a row such as "No pods", for an empty context or group, or of the offer to add a namespace. */
function emptyText(l10n: Localizer, message: MessageNode['message']): string {
  if (message.type === 'showNamespace') return l10n.t('Add Namespace...');
  const { of, filter } = message;
  const isFiltered = filter !== '';
  switch (of) {
    case 'namespaces':
      return l10n.t('No namespaces');
    case 'services':
      return isFiltered ? l10n.t('No services match "{filter}"', { filter }) : l10n.t('No services');
    case 'workloads':
      return isFiltered ? l10n.t('No workloads match "{filter}"', { filter }) : l10n.t('No workloads');
    case 'pods':
      return isFiltered ? l10n.t('No pods match "{filter}"', { filter }) : l10n.t('No pods');
  }
}
