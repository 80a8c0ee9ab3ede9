import type { V1LabelSelector } from '@kubernetes/client-node';
import type { Json } from './resources.ts';

/** A workload's selector in the text form that lists and watches take. */
export function formatLabelSelector(selector: Json<V1LabelSelector>): string {
  const labels = formatLabels(selector.matchLabels ?? {});
  const expressions = (selector.matchExpressions ?? []).map(({ key, operator, values = [] }) => {
    switch (operator) {
      case 'In':
        return `${key} in (${values.join(',')})`;
      case 'NotIn':
        return `${key} notin (${values.join(',')})`;
      case 'Exists':
        return key;
      default:
        return `!${key}`;
    }
  });
  return [labels, ...expressions].filter((part) => part !== '').join(',');
}

/** Labels that must all be there: a service's selector. */
export function formatLabels(labels: Readonly<Record<string, string>>): string {
  return Object.entries(labels)
    .map(([key, value]) => `${key}=${value}`)
    .join(',');
}
