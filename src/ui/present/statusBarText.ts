import { type Counted, countForwards, tallyText } from './forwardCounts.ts';
import type { Localizer } from './localizer.ts';

/** The status bar item. Undefined if there are no forwards. */
export interface StatusBarPresentation {
  readonly text: string;
  readonly isWarning: boolean;
  readonly accessibleName: string;
}

/** Shows counts only. The tooltip and the quick pick have the names. */
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
