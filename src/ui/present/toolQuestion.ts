import { LOG_LIMIT, shortPrintable } from '../../base/text.ts';
import type { LocalPort } from '../../kinds/ports.ts';
import type { Holder } from '../../rpc/holdersContract.ts';
import type { Localizer } from './localizer.ts';
import { type Running, runningName } from './running.ts';
import { usersText } from './usersText.ts';

/**
 * The question that a user answers before a chat tool runs. Callers must show the text as plain text, not as Markdown,
 * because the text contains names that an agent chose. In Markdown, these names could become links.
 */
export interface ToolQuestion {
  readonly title: string;
  readonly text: string;
}

/** A forward that an agent requests. */
export interface WantedForward {
  readonly context: string;
  /** Name of the cluster in the kubeconfig. */
  readonly cluster: string;
  readonly namespace: string;
  readonly target: string;
  readonly remotePort: number | string;
  readonly localPort: LocalPort;
}

/**
 * Returns the question before a chat tool starts a forward. Escapes invisible characters, because an agent could use
 * them to make the names in the question look different.
 */
export function startQuestion(
  l10n: Localizer,
  { localPort, remotePort: port, ...names }: WantedForward,
): ToolQuestion {
  const what = l10n.t(
    'Port {port} of {target} in namespace {namespace}, context {context} (cluster {cluster})',
    {
      port,
      ...names,
    },
  );
  return {
    title: l10n.t('Forward a Kubernetes port?'),
    text: shown(`${what}, ${localPortText(l10n, localPort)}`),
  };
}

/** A namespace that an agent requests to open by name. */
export interface WantedNames {
  readonly context: string;
  /** Name of the cluster in the kubeconfig. */
  readonly cluster: string;
  readonly namespace: string;
}

export function openQuestion(l10n: Localizer, names: WantedNames): ToolQuestion {
  const what = l10n.t(
    'All services of namespace {namespace}, context {context} (cluster {cluster}), on one local port, reachable only from this machine',
    { ...names },
  );
  return { title: l10n.t('Forward all services of a Kubernetes namespace by name?'), text: shown(what) };
}

function localPortText(l10n: Localizer, { mode, port }: LocalPort): string {
  if (port === 0) return l10n.t('to any free local port, reachable only from this machine');
  return mode === 'exact'
    ? l10n.t('to local port {port}, reachable only from this machine', { port })
    : l10n.t('to local port {port} or another free port, reachable only from this machine', { port });
}

/**
 * Returns the question before a chat tool stops a forward or gateway.
 * @param others the holders (users) that remain after the tool has run. If there are any, the forward or gateway keeps
 *   running, and the question says for whom
 */
export function stopQuestion(l10n: Localizer, running: Running, others: readonly Holder[]): ToolQuestion {
  const forward = runningName(l10n, running);
  const users = usersText(l10n, others);
  return {
    title:
      running.type === 'forward'
        ? l10n.t('Stop forwarding a Kubernetes port?')
        : l10n.t('Stop forwarding services by name?'),
    text: shown(
      others.length === 0
        ? forward
        : l10n.t('{forward}. It keeps running for its other users: {users}', { forward, users }),
    ),
  };
}

function shown(text: string): string {
  return shortPrintable(text, LOG_LIMIT);
}
