import { createMetadata, randomSuffix } from '../objects/metadata.ts';
import type {
  KubernetesObject,
  Labels,
  OwnerReference,
  ResourceKey,
  ResourceTypes,
} from '../objects/types.ts';
import { groupVersion, type ResourceDefinition } from '../resources.ts';
import { ApiStatusError, badRequest, invalid } from '../status.ts';
import { isObject, type JsonObject, objectField, textField } from './requestBody.ts';

/** The resources that clients may create, replace and delete. */
export const WRITABLE = [
  'pods',
  'services',
  'replicationcontrollers',
  'deployments.apps',
  'replicasets.apps',
  'statefulsets.apps',
  'daemonsets.apps',
] as const satisfies readonly ResourceKey[];
export type WritableKey = (typeof WRITABLE)[number];
export type WritableObject = ResourceTypes[WritableKey];

const REPLICAS = { replicas: 1 };
const POD_DEFAULTS = {
  restartPolicy: 'Always',
  dnsPolicy: 'ClusterFirst',
  schedulerName: 'default-scheduler',
};

/** The values that a real API server sets for omitted fields of a spec, as far as the demo cluster needs them. */
const DEFAULTS: Readonly<Record<WritableKey, (name: string) => JsonObject>> = {
  pods: () => ({}),
  services: () => ({ type: 'ClusterIP', sessionAffinity: 'None', ipFamilies: ['IPv4'] }),
  replicationcontrollers: () => REPLICAS,
  'deployments.apps': () => ({
    ...REPLICAS,
    strategy: { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: '25%', maxSurge: '25%' } },
  }),
  'replicasets.apps': () => REPLICAS,
  'statefulsets.apps': (name) => ({ ...REPLICAS, serviceName: name }),
  'daemonsets.apps': () => ({}),
};

/**
 * The last number of the first IP address for Services that clients create: `10.96.1.2`. The Services that exist from
 * the start of the cluster have addresses in `10.96.0.x`, so the two groups of Services never share an address.
 */
const FIRST_CLUSTER_IP = 2;

/**
 * Returns the object that a request body describes, with the default values and metadata of a new object.
 * @param count a number that differs between new objects; the last number of a Service's IP address is derived from it
 * @throws ApiStatusError 400 or 422 if the body is not a valid object of the resource
 */
export function newObject(
  resource: ResourceDefinition & { readonly key: WritableKey },
  namespace: string,
  body: JsonObject,
  count: number,
): WritableObject {
  checkKind(resource, body);
  const given = objectField(body, 'metadata');
  const name = textField(given, 'name') || generatedName(given);
  const otherNamespace = textField(given, 'namespace');
  if (name === '') throw new ApiStatusError(invalid(resource.kind, name, 'metadata.name: Required value'));
  if (otherNamespace !== '' && otherNamespace !== namespace) {
    const message = 'the namespace of the provided object does not match the namespace sent on the request';
    throw new ApiStatusError(badRequest(message));
  }
  const spec = specOf(resource, name, objectField(body, 'spec'), count);
  const metadata = createMetadata({ name, namespace, generation: 1, ...labelsOf(given) });
  const owners = given['ownerReferences'];
  return {
    kind: resource.kind,
    apiVersion: groupVersion(resource),
    metadata: Array.isArray(owners)
      ? { ...metadata, ownerReferences: owners as readonly OwnerReference[] }
      : metadata,
    spec,
    status: statusOf(resource.key),
  } satisfies KubernetesObject & JsonObject as unknown as WritableObject;
}

/** Returns a spec with default values for omitted fields. @throws ApiStatusError 422 if the spec is invalid */
export function specOf(
  { key, kind }: { readonly key: WritableKey; readonly kind: string },
  name: string,
  given: JsonObject,
  count: number,
): JsonObject {
  const spec = { ...DEFAULTS[key](name), ...given };
  if (key === 'services') return serviceSpec(spec, count);
  if (key === 'pods') return podSpec(kind, name, spec);
  const template = objectField(spec, 'template');
  const checked = { ...template, spec: podSpec(kind, name, objectField(template, 'spec')) };
  return { ...spec, selector: selectorOf(key, kind, name, spec), template: checked };
}

/**
 * Returns the selector of a workload. As on a real API server, the selector must match the labels of the pod template.
 * @throws ApiStatusError 422 if the selector is missing or does not match
 */
function selectorOf(key: WritableKey, kind: string, name: string, spec: JsonObject): JsonObject {
  const labels = objectField(objectField(objectField(spec, 'template'), 'metadata'), 'labels');
  const isPlain = key === 'replicationcontrollers';
  const selector = isPlain && spec['selector'] === undefined ? labels : objectField(spec, 'selector');
  const wanted = Object.entries(isPlain ? selector : objectField(selector, 'matchLabels'));
  if (wanted.length === 0) throw new ApiStatusError(invalid(kind, name, 'spec.selector: Required value'));
  if (!wanted.every(([label, value]) => labels[label] === value)) {
    const cause = 'spec.template.metadata.labels: Invalid value: `selector` does not match template `labels`';
    throw new ApiStatusError(invalid(kind, name, cause));
  }
  return selector;
}

function podSpec(kind: string, name: string, spec: JsonObject): JsonObject {
  const { containers } = spec;
  if (!Array.isArray(containers) || containers.length === 0 || !containers.every(isObject)) {
    throw new ApiStatusError(invalid(kind, name, 'spec.containers: Required value'));
  }
  const withProtocol = (container: JsonObject) => ({
    ...container,
    ports: objectsIn(container, 'ports').map((port) => ({ ...port, protocol: port['protocol'] ?? 'TCP' })),
  });
  return { ...POD_DEFAULTS, ...spec, containers: containers.map(withProtocol) };
}

function serviceSpec(spec: JsonObject, count: number): JsonObject {
  const { clusterIP = `10.96.1.${FIRST_CLUSTER_IP + (count % 250)}` } = spec;
  const ports = objectsIn(spec, 'ports').map((port) => ({
    protocol: 'TCP',
    targetPort: port['port'],
    ...port,
  }));
  return { ...spec, clusterIP, clusterIPs: [clusterIP], ports };
}

function objectsIn(object: JsonObject, field: string): readonly JsonObject[] {
  const value = object[field];
  return Array.isArray(value) ? value.filter(isObject) : [];
}

function checkKind(resource: ResourceDefinition, { kind, apiVersion }: JsonObject): void {
  const isFitting = kind === resource.kind && apiVersion === groupVersion(resource);
  if (!isFitting) throw new ApiStatusError(badRequest('the object does not fit the resource'));
}

function generatedName(metadata: JsonObject): string {
  const prefix = textField(metadata, 'generateName');
  return prefix === '' ? '' : `${prefix}${randomSuffix()}`;
}

function labelsOf({ labels, annotations }: JsonObject): { labels?: Labels; annotations?: Labels } {
  return {
    ...(isObject(labels) && { labels: labels as Labels }),
    ...(isObject(annotations) && { annotations: annotations as Labels }),
  };
}

function statusOf(key: WritableKey): JsonObject {
  switch (key) {
    case 'pods':
      return { phase: 'Pending', qosClass: 'BestEffort' };
    case 'services':
      return { loadBalancer: {} };
    case 'daemonsets.apps':
      return {
        observedGeneration: 1,
        currentNumberScheduled: 0,
        desiredNumberScheduled: 1,
        numberMisscheduled: 0,
        numberReady: 0,
      };
    default:
      return { observedGeneration: 1, replicas: 0 };
  }
}
