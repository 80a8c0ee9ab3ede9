import { printable } from '../../base/text.ts';
import type { Localizer } from '../present/localizer.ts';
import { ICON_COLORS, type RowPresentation } from '../present/row.ts';
import type { EntryProblem } from './forwardEntry.ts';

/** Returns the row of the Forwards view for an invalid entry of the settings. */
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

type FieldText = (l10n: Localizer) => string;
type FieldTexts = { readonly [Field in EntryProblem['field']]?: FieldText };

const INVALID: FieldTexts = {
  namespace: (l10n) => l10n.t('"namespace" must be a valid namespace name'),
  target: (l10n) => l10n.t('"target" must be TYPE/NAME, for example service/web'),
  remotePort: (l10n) =>
    l10n.t('"remotePort" must be a number from 1 to 65535 without quotes, or a port name'),
  localPort: (l10n) => l10n.t('"localPort" must be a number from 0 to 65535 without quotes'),
  address: (l10n) => l10n.t('"address" must be localhost or an IP address'),
  proxy: (l10n) => l10n.t('"proxy" must be true or false without quotes'),
  autoStart: (l10n) => l10n.t('"autoStart" must be true or false without quotes'),
  transport: (l10n) => l10n.t('"transport" must be spdy, websocket or channel'),
};

const MISSING: FieldTexts = {
  target: (l10n) => l10n.t('"target" is missing: use TYPE/NAME, for example service/web'),
  remotePort: (l10n) => l10n.t('"remotePort" is missing: use a number from 1 to 65535 or a port name'),
  context: (l10n) =>
    l10n.t('"autoStart" requires a "context", so that the forward always starts in the same cluster'),
};

/** Returns why an entry is invalid, and how to fix it. */
export function problemText(l10n: Localizer, { name, field, reason }: EntryProblem): string {
  switch (reason) {
    case 'duplicate':
      return l10n.t('Another saved forward has the name "{name}"', { name: printable(name) });
    case 'notByName':
      return l10n.t('"{field}" cannot be used with "proxy", which forwards all services by name', { field });
    case 'notForward':
      return l10n.t('"{field}" cannot be used in "forwards" of a task: add it to the task itself', { field });
    case 'missing':
      return MISSING[field]?.(l10n) ?? l10n.t('"{field}" is missing', { field });
    case 'invalid':
      return INVALID[field]?.(l10n) ?? notText(l10n, field);
  }
}

/** Returns why a value is invalid that `isText` has rejected. */
export function notText(l10n: Localizer, field: string): string {
  return l10n.t('"{field}" must be a string of 1 to 253 characters', { field });
}
