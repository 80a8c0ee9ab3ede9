import { printable } from '../../base/text.ts';
import type { Localizer } from '../present/localizer.ts';
import { ICON_COLORS, type RowPresentation } from '../present/row.ts';
import type { EntryProblem } from './forwardEntry.ts';

/** The row of an invalid entry. */
export function presentProblem(l10n: Localizer, problem: EntryProblem): RowPresentation {
  const { name } = problem;
  const label = name === '' ? l10n.t('Unnamed saved forward') : printable(name);
  const reason = problemText(l10n, problem);
  return {
    label,
    description: reason,
    icon: { id: 'warning', color: ICON_COLORS.pending },
    flags: ['savedProblem'],
    accessibleName: `${label}: ${reason}`,
  };
}

/** Why an entry is invalid, and how to fix it. */
export function problemText(l10n: Localizer, { name, field, reason }: EntryProblem): string {
  if (reason === 'duplicate')
    return l10n.t('Another saved forward has the name "{name}"', { name: printable(name) });
  if (reason === 'missing') return missingText(l10n, field);
  if (reason === 'notByName') {
    return l10n.t('"{field}" cannot be used with "proxy", which forwards all services by name', { field });
  }
  switch (field) {
    case 'namespace':
      return l10n.t('"namespace" must be a valid namespace name');
    case 'target':
      return l10n.t('"target" must be TYPE/NAME, for example service/web');
    case 'remotePort':
      return l10n.t('"remotePort" must be a number from 1 to 65535 without quotes, or a port name');
    case 'localPort':
      return l10n.t('"localPort" must be a number from 0 to 65535 without quotes');
    case 'address':
      return l10n.t('"address" must be localhost or an IP address');
    case 'proxy':
      return l10n.t('"proxy" must be true or false without quotes');
    case 'autoStart':
      return l10n.t('"autoStart" must be true or false without quotes');
    case 'transport':
      return l10n.t('"transport" must be spdy, websocket or channel');
    default:
      return l10n.t('"{field}" must be a string of 1 to 253 characters', { field });
  }
}

function missingText(l10n: Localizer, field: EntryProblem['field']): string {
  switch (field) {
    case 'target':
      return l10n.t('"target" is missing: use TYPE/NAME, for example service/web');
    case 'remotePort':
      return l10n.t('"remotePort" is missing: use a number from 1 to 65535 or a port name');
    case 'context':
      return l10n.t(
        '"autoStart" requires a "context", so that the forward always starts in the same cluster',
      );
    default:
      return l10n.t('"{field}" is missing', { field });
  }
}
