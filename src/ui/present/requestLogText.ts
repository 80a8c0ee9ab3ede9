import type { RowFlag } from '../../contributions.ts';
import type { RequestLogMode } from '../../rpc/exchanges.ts';
import type { Localizer } from './localizer.ts';

/**
 * Returns the flags for the row of a forward, gateway or service. The menu of the row uses the flags to offer only
 * commands that change the mode: to log requests if the log is off, to record requests if the log does not record them,
 * and to turn off the log if it is on.
 */
export function requestLogFlags(mode: RequestLogMode): readonly RowFlag[] {
  return [mode === 'off' ? 'logOff' : 'logOn', ...(mode === 'record' ? [] : (['recordOff'] as const))];
}

/** Returns the text that tells users that requests are logged or recorded. Undefined if the log is off. */
export function requestLogText(l10n: Localizer, mode: RequestLogMode): string | undefined {
  if (mode === 'off') return undefined;
  return mode === 'record' ? l10n.t('recording requests') : l10n.t('logging requests');
}
