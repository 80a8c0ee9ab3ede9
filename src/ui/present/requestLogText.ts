import type { RowFlag } from '../../contributions.ts';
import type { RequestLogMode } from '../../rpc/exchanges.ts';
import type { Localizer } from './localizer.ts';

/**
 * Returns the flags for the row of a forward, gateway or service. They make the menu of the row offer only the commands
 * that change the request log: to turn on what is off, and to turn off what is on.
 */
export function requestLogFlags(mode: RequestLogMode): readonly RowFlag[] {
  return [mode === 'off' ? 'logOff' : 'logOn', ...(mode === 'record' ? [] : (['recordOff'] as const))];
}

/** Returns the text that tells users that requests are logged or recorded. Undefined if the log is off. */
export function requestLogText(l10n: Localizer, mode: RequestLogMode): string | undefined {
  if (mode === 'off') return undefined;
  return mode === 'record' ? l10n.t('recording requests') : l10n.t('logging requests');
}
