import type { RequestsTexts } from '../../panel/messages.ts';
import type { Localizer } from '../present/localizer.ts';

/** The texts of the webview of requests in the user's language. */
export function requestsTexts(l10n: Localizer): RequestsTexts {
  return {
    table: l10n.t('Requests'),
    columns: {
      time: l10n.t('Time'),
      forward: l10n.t('Forward'),
      method: l10n.t('Method'),
      target: l10n.t('Path'),
      status: l10n.t('Status'),
      duration: l10n.t('Duration'),
      size: l10n.t('Size'),
      pod: l10n.t('Pod'),
    },
    filterPlaceholder: l10n.t('Filter (text, status:5xx, method:POST, path:/api, forward:web)'),
    filterName: l10n.t('Filter requests'),
    noMatch: l10n.t('No requests match the filter.'),
    matching: l10n.t('{count} of {total}'),
    recorded: l10n.t('recorded'),
  };
}
