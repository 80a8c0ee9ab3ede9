import type { V1LabelSelector } from '@kubernetes/client-node';
import { KINDS, type TargetKind } from '../kinds/targetKinds.ts';
import type { Json, Resource, ResourceTypes, Service } from './resources.ts';

/**
 * The selector of the pods behind an object, in the text form that lists and watches take. Undefined where it selects no pods: an
 * empty text would select every pod of the namespace.
 */
export function labelSelectorOf(kind: TargetKind, object: ResourceTypes[Resource]): string | undefined {
  const { selector } = (object as Service | ResourceTypes['deployments']).spec ?? {};
  const text =
    KINDS[kind].selector === 'matchLabels'
      ? formatLabelSelector((selector ?? {}) as Json<V1LabelSelector>)
      : formatLabels((selector ?? {}) as Readonly<Record<string, string>>);
  return text === '' ? undefined : text;
}

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
