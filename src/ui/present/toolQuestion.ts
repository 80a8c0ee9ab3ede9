import { LOG_LIMIT, printable, shorten } from '../../base/text.ts';
import type { ForwardSnapshot } from '../../rpc/contract.ts';
import { forwardName } from './forwardText.ts';
import type { Localizer } from './localizer.ts';

/** What the user is asked before a tool of a chat agent changes something: plain text, to be shown as such. */
export interface ToolQuestion {
  readonly title: string;
  readonly text: string;
}

/** What an agent wants to forward, in its own words. */
export interface WantedForward {
  readonly context: string;
  readonly namespace: string;
  readonly target: string;
  readonly remotePort: number | string;
}

/** Names come from an agent, which may have them from anywhere: nothing in them is hidden from the user. */
export function startQuestion(
  l10n: Localizer,
  { context, namespace, target, remotePort }: WantedForward,
): ToolQuestion {
  const args = { port: remotePort, target, namespace, context };
  return {
    title: l10n.t('Forward a Kubernetes port?'),
    text: shown(
      l10n.t('Port {port} of {target} in namespace {namespace} of {context}, on this machine only', args),
    ),
  };
}

/** @param forward the one with that id; undefined where there is none any more */
export function stopQuestion(
  l10n: Localizer,
  id: string,
  forward: ForwardSnapshot | undefined,
): ToolQuestion {
  return {
    title: l10n.t('Stop forwarding a Kubernetes port?'),
    text: shown(forward === undefined ? id : forwardName(forward)),
  };
}

function shown(text: string): string {
  return shorten(printable(text), LOG_LIMIT);
}
