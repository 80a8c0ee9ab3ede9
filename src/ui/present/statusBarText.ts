import type { ForwardSnapshot } from '../../rpc/contract.ts';
import type { Localizer } from './localizer.ts';

/** The status bar item; undefined while nothing is forwarded. */
export interface StatusBarPresentation {
  readonly text: string;
  readonly isWarning: boolean;
  readonly accessibleName: string;
}

/** Counts alone: what the forwards are called is in the tooltip and the pick that a click opens. */
export function presentStatusBar(
  l10n: Localizer,
  forwards: readonly ForwardSnapshot[],
): StatusBarPresentation | undefined {
  const count = (...types: readonly string[]) =>
    forwards.filter((forward) => types.includes(forward.state.type)).length;
  const ready = count('ready');
  const starting = count('starting', 'stopping');
  const troubled = count('reconnecting', 'failed');
  if (ready + starting + troubled === 0) return undefined;
  const counted = `${starting > 0 ? '$(sync~spin)' : '$(plug)'} ${ready + starting}`;
  return {
    text: troubled > 0 ? `${counted} $(warning) ${troubled}` : counted,
    isWarning: troubled > 0,
    accessibleName: [
      ready === 1 ? l10n.t('1 port forwarded') : l10n.t('{count} ports forwarded', { count: ready }),
      starting > 0 ? l10n.t('{count} starting', { count: starting }) : undefined,
      troubled > 0 ? l10n.t('{count} reconnecting or failed', { count: troubled }) : undefined,
    ]
      .filter((part) => part !== undefined)
      .join(', '),
  };
}
