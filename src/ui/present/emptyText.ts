import type { MessageNode } from '../clusters/clusterNodes.ts';
import type { Localizer } from './localizer.ts';

/** The message of an empty container. */
export function emptyText(l10n: Localizer, message: MessageNode['message']): string {
  if (message.type === 'showNamespace') return l10n.t('Add Namespace...');
  const { of, filter } = message;
  if (filter !== '') {
    switch (of) {
      case 'services':
        return l10n.t('No services match "{filter}"', { filter });
      case 'workloads':
        return l10n.t('No workloads match "{filter}"', { filter });
      default:
        return l10n.t('No pods match "{filter}"', { filter });
    }
  }
  switch (of) {
    case 'namespaces':
      return l10n.t('No namespaces');
    case 'services':
      return l10n.t('No services');
    case 'workloads':
      return l10n.t('No workloads');
    case 'pods':
      return l10n.t('No pods');
  }
}
