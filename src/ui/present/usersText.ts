import { printable } from '../../base/text.ts';
import type { Holder } from '../../rpc/holdersContract.ts';
import type { Localizer } from './localizer.ts';

/**
 * Returns a text that lists who uses a forward or gateway, without duplicates: `task forwards in window shop, a chat
 * agent`.
 */
export function usersText(l10n: Localizer, holders: readonly Holder[]): string {
  return [...new Set(holders.map((holder) => userText(l10n, holder)))].join(', ');
}

function userText(l10n: Localizer, holder: Holder): string {
  const user = kindText(l10n, holder);
  if (holder.window === undefined || holder.kind === 'window') return user;
  return l10n.t('{user} in window {window}', { user, window: printable(holder.window) });
}

function kindText(l10n: Localizer, { kind, name, window }: Holder): string {
  switch (kind) {
    case 'window':
      return window === undefined
        ? l10n.t('another window')
        : l10n.t('window {window}', { window: printable(window) });
    case 'task':
      return name === undefined ? l10n.t('a task') : l10n.t('task {name}', { name: printable(name) });
    case 'extension':
      return l10n.t('another extension');
    case 'tool':
      return l10n.t('a chat agent');
    case 'terminal':
      return l10n.t('a terminal');
  }
}
