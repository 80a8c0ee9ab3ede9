import { needsAttention, type RunningState } from './forwardText.ts';
import type { Localizer } from './localizer.ts';
import { joinNames } from './row.ts';

/** A forward or a gateway. A gateway has one local port too, so it counts as one forwarded port. */
export interface Counted {
  readonly state: RunningState;
}

/**
 * How many forwards and gateways there are, by state. The activity bar, the status bar and the Forwards view show these
 * numbers.
 */
export interface ForwardTally {
  readonly ready: number;
  readonly starting: number;
  /** The number of forwards and gateways that have failed, are reconnecting, or have an error while they start. */
  readonly attention: number;
}

export function countForwards(forwards: readonly Counted[]): ForwardTally {
  const attention = forwards.filter(needsAttention).length;
  const count = (...types: readonly string[]) =>
    forwards.filter((forward) => types.includes(forward.state.type) && !needsAttention(forward)).length;
  return { ready: count('ready'), starting: count('starting', 'stopping'), attention };
}

/** Returns a summary for users: `3 ports forwarded, 1 starting, 1 needs attention`. */
export function tallyText(l10n: Localizer, { ready, starting, attention }: ForwardTally): string {
  return joinNames([
    ready === 1 ? l10n.t('1 port forwarded') : l10n.t('{count} ports forwarded', { count: ready }),
    starting > 0 ? l10n.t('{count} starting', { count: starting }) : undefined,
    attention === 1
      ? l10n.t('1 needs attention')
      : attention > 1
        ? l10n.t('{count} need attention', { count: attention })
        : undefined,
  ]);
}

/** The content of the status bar item. */
export interface StatusBarPresentation {
  readonly text: string;
  readonly isWarning: boolean;
  readonly accessibleName: string;
}

/**
 * Returns the content of the status bar item; undefined if there are no forwards and gateways. The text contains only
 * icons and numbers, because the status bar has little space. The tooltip of the item shows the names.
 */
export function presentStatusBar(
  l10n: Localizer,
  forwards: readonly Counted[],
): StatusBarPresentation | undefined {
  const tally = countForwards(forwards);
  const { ready, starting, attention } = tally;
  if (ready + starting + attention === 0) return undefined;
  const text = [
    ready > 0 ? `$(plug) ${ready}` : undefined,
    starting > 0 ? `$(sync~spin) ${starting}` : undefined,
    attention > 0 ? `$(warning) ${attention}` : undefined,
  ]
    .filter((part) => part !== undefined)
    .join(' ');
  return { text, isWarning: attention > 0, accessibleName: tallyText(l10n, tally) };
}
