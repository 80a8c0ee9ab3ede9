import type { RowFlag } from '../../contributions.ts';
import type { RequestLogMode } from '../../rpc/exchanges.ts';
import type { Localizer } from './localizer.ts';

/** Returns the flags of a row that select the commands for the request log in the row's menu. */
export function requestLogFlags(mode: RequestLogMode): readonly RowFlag[] {
  return [mode === 'off' ? 'logOff' : 'logOn', ...(mode === 'record' ? [] : (['recordOff'] as const))];
}

/** Returns the text that tells users that requests are logged or recorded. Undefined if the log is off. */
export function requestLogText(l10n: Localizer, mode: RequestLogMode): string | undefined {
  if (mode === 'off') return undefined;
  return mode === 'record' ? l10n.t('recording requests') : l10n.t('logging requests');
}
