import type { KubernetesObject, Labels, ResourceKey } from './objects/types.ts';
import { ApiStatusError, badRequest } from './status.ts';

export type Selector = (object: KubernetesObject) => boolean;

const REQUIREMENT =
  /^(?<key>[\w./-]+)\s*(?:(?<operator>==|!=|=)\s*(?<value>[\w.-]*)|\s(?<set>in|notin)\s*\((?<values>[^()]*)\))?$/;
const ABSENT = /^!\s*(?<key>[\w./-]+)$/;

/**
 * Parses a label selector of a URL: `a=b,c!=d,e in (f,g),h notin (i),j,!k`. Returns a function that tells whether the
 * selector matches the labels of an object.
 * @throws ApiStatusError 400 for an invalid selector
 */
export function parseLabelSelector(text: string): (labels: Labels) => boolean {
  const requirements = splitOutsideParentheses(text).map(parseRequirement);
  return (labels) => requirements.every((matches) => matches(labels));
}

/**
 * Parses a field selector: `metadata.name=web,status.phase!=Running`. Returns a function that tells whether the
 * selector matches an object.
 * @throws ApiStatusError 400 if the selector is invalid, or if the resource does not support the field
 */
export function parseFieldSelector(resource: ResourceKey, text: string): Selector {
  const requirements = text
    .split(',')
    .filter((part) => part.trim() !== '')
    .map((part) => parseFieldRequirement(resource, part.trim()));
  return (object) => requirements.every((matches) => matches(object));
}

/**
 * Returns a function that applies both the label selector and the field selector of a request. Returns undefined if the
 * request has no selector.
 */
export function selectorOf(resource: ResourceKey, query: URLSearchParams): Selector | undefined {
  const labelText = query.get('labelSelector') ?? '';
  const fieldText = query.get('fieldSelector') ?? '';
  if (labelText.trim() === '' && fieldText.trim() === '') return undefined;
  const matchesLabels = parseLabelSelector(labelText);
  const matchesFields = parseFieldSelector(resource, fieldText);
  return (object) => matchesLabels(object.metadata.labels ?? {}) && matchesFields(object);
}

/**
 * Returns whether an object has all of the wanted labels. A Service selects an object if this is true for the Service's
 * selector.
 */
export function hasLabels(object: KubernetesObject, wanted: Labels): boolean {
  const labels = object.metadata.labels ?? {};
  return Object.entries(wanted).every(([key, value]) => labels[key] === value);
}

function splitOutsideParentheses(text: string): string[] {
  return text
    .split(/,(?![^(]*\))/)
    .map((part) => part.trim())
    .filter((part) => part !== '');
}

function parseRequirement(text: string): (labels: Labels) => boolean {
  const absent = ABSENT.exec(text)?.groups?.['key'];
  if (absent !== undefined) return (labels) => labels[absent] === undefined;
  const { key, operator, value = '', set, values = '' } = REQUIREMENT.exec(text)?.groups ?? {};
  if (key === undefined) {
    throw new ApiStatusError(
      badRequest(`unable to parse requirement: found '${text}', expected: identifier`),
    );
  }
  if (set !== undefined) {
    const listed = new Set(values.split(',').map((part) => part.trim()));
    if (set === 'in') return (labels) => labels[key] !== undefined && listed.has(labels[key]);
    return (labels) => labels[key] === undefined || !listed.has(labels[key]);
  }
  if (operator === undefined) return (labels) => labels[key] !== undefined;
  if (operator === '!=') return (labels) => labels[key] !== value;
  return (labels) => labels[key] === value;
}

function parseFieldRequirement(resource: ResourceKey, text: string): Selector {
  const { field, operator, value } =
    /^(?<field>[\w./-]+?)\s*(?<operator>==|!=|=)\s*(?<value>.*)$/.exec(text)?.groups ?? {};
  if (field === undefined || value === undefined) {
    throw new ApiStatusError(badRequest(`invalid selector: '${text}'; can't understand '${text}'`));
  }
  if (!isSelectable(resource, field)) {
    throw new ApiStatusError(badRequest(`field label not supported: ${field}`));
  }
  const path = field.split('.');
  const isWanted = operator !== '!=';
  return (object) => (fieldText(object, path) === value) === isWanted;
}

const SELECTABLE: Readonly<Partial<Record<ResourceKey, readonly string[]>>> = {
  pods: [
    'spec.nodeName',
    'spec.restartPolicy',
    'spec.schedulerName',
    'spec.serviceAccountName',
    'status.phase',
    'status.podIP',
  ],
  namespaces: ['status.phase'],
  services: ['spec.clusterIP', 'spec.type'],
  events: [
    'involvedObject.kind',
    'involvedObject.namespace',
    'involvedObject.name',
    'involvedObject.uid',
    'involvedObject.apiVersion',
    'involvedObject.resourceVersion',
    'involvedObject.fieldPath',
    'reason',
    'type',
  ],
};

function isSelectable(resource: ResourceKey, field: string): boolean {
  if (field === 'metadata.name' || field === 'metadata.namespace') return true;
  return SELECTABLE[resource]?.includes(field) ?? false;
}

function fieldText(object: KubernetesObject, path: readonly string[]): string {
  let value: unknown = object;
  for (const name of path) {
    value = typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined;
  }
  return value === undefined || value === null ? '' : String(value);
}
