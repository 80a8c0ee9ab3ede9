import { CodedError } from '../../base/errors.ts';
import type { ObjectTarget } from '../../kinds/target.ts';
import { KINDS, type TargetKind } from '../../kinds/targetKinds.ts';
import type { ApiObject, Resource, ResourceTypes, Rollout, Service, Workload } from '../cluster/resources.ts';

type Selector = NonNullable<NonNullable<Workload['spec']>['selector']>;

/**
 * Returns the selector of an object's pods as text, in the form that list and watch requests need. Returns undefined if
 * the object selects no pods. An empty text would be wrong, because it selects every pod of the namespace.
 */
export function labelSelectorOf(kind: TargetKind, object: ResourceTypes[Resource]): string | undefined {
  const { selector } = (object as Service | Workload).spec ?? {};
  const text =
    KINDS[kind].selector === 'matchLabels'
      ? formatLabelSelector((selector ?? {}) as Selector)
      : formatLabels((selector ?? {}) as Readonly<Record<string, string>>);
  if (text !== '') return text;
  const scaled = kind === 'rollout' ? (object as Rollout).status?.selector : undefined;
  return scaled === '' ? undefined : scaled;
}

/**
 * Like {@link labelSelectorOf}, but throws if the object selects no pods.
 * @throws CodedError `SERVICE_IS_EXTERNAL`, `SERVICE_WITHOUT_SELECTOR`
 */
export function requireLabelSelector(
  { kind, name }: ObjectTarget,
  namespace: string,
  object: ResourceTypes[Resource],
): string {
  const labelSelector = labelSelectorOf(kind, object);
  if (labelSelector !== undefined) return labelSelector;
  const { spec } = object as Service;
  if (spec?.type === 'ExternalName') {
    throw new CodedError('SERVICE_IS_EXTERNAL', { name, externalName: spec.externalName ?? '' });
  }
  throw new CodedError('SERVICE_WITHOUT_SELECTOR', { name, namespace });
}

/** Formats the selector of a workload as text for lists and watches. */
export function formatLabelSelector(selector: Selector): string {
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

/** Formats labels as the text of a label selector. The selector selects the objects that have all of these labels. */
export function formatLabels(labels: Readonly<Record<string, string>>): string {
  return Object.entries(labels)
    .map(([key, value]) => `${key}=${value}`)
    .join(',');
}

/** Returns true if a service's selector selects an object. A missing or empty selector selects nothing. */
export function matchesLabels(
  { metadata }: ApiObject,
  selector: Readonly<Record<string, string>> | undefined = {},
): boolean {
  const wanted = Object.entries(selector);
  return wanted.length > 0 && wanted.every(([key, value]) => metadata?.labels?.[key] === value);
}
