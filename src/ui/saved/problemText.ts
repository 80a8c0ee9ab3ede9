import { printable } from '../../base/text.ts';
import type { Localizer } from '../present/localizer.ts';
import type { EntryProblem } from './forwardEntry.ts';

/** Why an entry cannot be used, in a sentence that says what to write. */
export function problemText(l10n: Localizer, { name, field, reason }: EntryProblem): string {
  if (reason === 'duplicate') return l10n.t('Another entry has the name "{name}"', { name: printable(name) });
  if (reason === 'missing') return missingText(l10n, field);
  switch (field) {
    case 'namespace':
      return l10n.t('"namespace" has to be the name of a namespace');
    case 'target':
      return l10n.t('"target" has to be TYPE/NAME, for example service/web');
    case 'remotePort':
      return l10n.t('"remotePort" has to be a number from 1 to 65535 without quotes, or the name of a port');
    case 'localPort':
      return l10n.t('"localPort" has to be a number from 0 to 65535, without quotes');
    case 'address':
      return l10n.t('"address" has to be localhost or an IP address');
    case 'autoStart':
      return l10n.t('"autoStart" has to be true or false, without quotes');
    case 'transport':
      return l10n.t('"transport" has to be spdy, websocket or channel');
    default:
      return l10n.t('"{field}" has to be a text of at most 253 characters', { field });
  }
}

function missingText(l10n: Localizer, field: EntryProblem['field']): string {
  switch (field) {
    case 'target':
      return l10n.t('"target" is missing: write TYPE/NAME, for example service/web');
    case 'remotePort':
      return l10n.t('"remotePort" is missing: write a number from 1 to 65535, or the name of a port');
    case 'context':
      return l10n.t(
        '"autoStart" needs a "context": what starts by itself starts in the cluster that it names',
      );
    default:
      return l10n.t('"{field}" is missing', { field });
  }
}
