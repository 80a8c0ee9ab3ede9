import { defined } from '../../base/defined.ts';
import type { PodLifecycle } from '../controllers/podLifecycle.ts';
import type { Deployment, StatefulSet } from '../objects/types.ts';
import type { ResourceDefinition } from '../resources.ts';
import {
  ApiStatusError,
  alreadyExists,
  badRequest,
  failure,
  injected,
  methodNotAllowed,
  notFound,
} from '../status.ts';
import type { Store } from '../store.ts';
import { merge } from './mergePatch.ts';
import { newObject, specOf, WRITABLE, type WritableKey, type WritableObject } from './newObject.ts';
import { isObject, type JsonObject, objectField, textField } from './requestBody.ts';
import type { ResourceRequest } from './requestInfo.ts';
import { type ApiResponse, json } from './response.ts';

type WritableResource = ResourceDefinition & { readonly key: WritableKey };

const MAX_REPLICAS = 10_000;
const PATCH_TYPES = ['application/strategic-merge-patch+json', 'application/merge-patch+json'];

/** Answers a `create` request: stores the object that the request body describes. */
export function createObject(
  store: Store,
  { resource, namespace }: ResourceRequest,
  body: JsonObject,
): ApiResponse {
  const writable = requireWritable(resource);
  if (store.get('namespaces', '', namespace) === undefined) {
    throw new ApiStatusError(notFound('namespaces', '', namespace));
  }
  const object = newObject(writable, namespace, body, store.resourceVersion);
  const { name } = object.metadata;
  if (store.get(writable.key, namespace, name) !== undefined) {
    throw new ApiStatusError(alreadyExists(resource.plural, resource.group, name));
  }
  return json(store.put(writable.key, object), 201);
}

/**
 * Answers an `update` request: replaces the spec, labels and annotations of the object with those in the body.
 * @throws ApiStatusError 409 if the resource version in the body is no longer current, because another request has
 *   changed the object
 */
export function updateObject(
  store: Store,
  { resource, namespace, name }: ResourceRequest,
  body: JsonObject,
): ApiResponse {
  const given = objectField(body, 'metadata');
  const version = textField(given, 'resourceVersion');
  return changeObject(store, { resource, namespace, name }, (object) => {
    if (version !== '' && version !== object.metadata.resourceVersion) {
      throw new ApiStatusError(injected(409));
    }
    const { labels, annotations } = newObject(requireWritable(resource), namespace, body, 0).metadata;
    const { labels: _labels, annotations: _annotations, ...kept } = object.metadata;
    const metadata = { ...kept, ...(labels && { labels }), ...(annotations && { annotations }) };
    return { ...object, metadata, spec: body['spec'] } as WritableObject;
  });
}

/**
 * Answers a `delete` request for any object except a pod. Deletes the object immediately; `Controllers` then deletes
 * the objects whose owner was deleted.
 */
export function deleteObject(store: Store, { resource, namespace, name }: ResourceRequest): ApiResponse {
  const { key, plural, group } = requireWritable(resource);
  const deleted = store.delete(key, namespace, name);
  if (deleted === undefined) throw new ApiStatusError(notFound(plural, group, name));
  const details = { name, kind: plural, uid: deleted.metadata.uid, ...(group === '' ? {} : { group }) };
  return json({ kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success', details });
}

/** Answers a `delete` request for a pod: starts the deletion, and returns the pod in its current state. */
export function deletePod(
  store: Store,
  pods: PodLifecycle,
  { namespace, name }: ResourceRequest,
  options: JsonObject,
  query: URLSearchParams,
): ApiResponse {
  const pod = store.get('pods', namespace, name);
  if (pod === undefined) throw new ApiStatusError(notFound('pods', '', name));
  const given = options['gracePeriodSeconds'] ?? query.get('gracePeriodSeconds') ?? undefined;
  if (given === undefined) return json(pods.delete(pod));
  const seconds = Number(given);
  if (!Number.isSafeInteger(seconds) || seconds < 0) {
    throw new ApiStatusError(badRequest('gracePeriodSeconds must be a number of seconds'));
  }
  return json(pods.delete(pod, seconds));
}

/**
 * Answers a `patch` request with a merge patch or a strategic merge patch. `kubectl apply`, `patch`, `scale`, `label`
 * and `rollout restart` send such requests.
 */
export function patchObject(
  store: Store,
  request: ResourceRequest,
  contentType: string | undefined,
  patch: JsonObject,
): ApiResponse {
  if (!PATCH_TYPES.some((type) => contentType?.startsWith(type))) {
    throw new ApiStatusError(failure(415, 'UnsupportedMediaType', 'only merge patches are accepted'));
  }
  if (request.subresource === 'scale') return putScale(store, request, patch);
  const form = contentType?.includes('strategic') ? 'strategic' : 'merge';
  return changeObject(
    store,
    request,
    (object) => merge(object, withoutStatus(patch), form) as unknown as WritableObject,
  );
}

/** Answers a `get` request for the `scale` subresource. */
export function getScale(store: Store, { resource, namespace, name }: ResourceRequest): ApiResponse {
  const object = isScalable(resource) ? store.get(resource.key, namespace, name) : undefined;
  if (object === undefined) throw new ApiStatusError(notFound(resource.plural, resource.group, name));
  return json(scaleOf(object));
}

/** Answers an `update` request for the `scale` subresource. */
export function putScale(store: Store, request: ResourceRequest, scale: JsonObject): ApiResponse {
  if (!isScalable(request.resource)) throw new ApiStatusError(methodNotAllowed());
  const { replicas } = objectField(scale, 'spec');
  changeObject(
    store,
    request,
    (object) => merge(object, { spec: { replicas } }, 'merge') as unknown as WritableObject,
  );
  return getScale(store, request);
}

function requireWritable(resource: ResourceDefinition): WritableResource {
  const key = WRITABLE.find((candidate) => candidate === resource.key);
  if (key === undefined) throw new ApiStatusError(methodNotAllowed());
  return { ...resource, key };
}

type ScalableResource = ResourceDefinition & { readonly key: 'deployments.apps' | 'statefulsets.apps' };

function isScalable(resource: ResourceDefinition): resource is ScalableResource {
  return resource.subresources.some(({ name }) => name === 'scale');
}

/**
 * Replaces an object in the store with the result of `change`, and answers with the new object. If the spec has
 * changed, increments the generation of the object.
 */
function changeObject(
  store: Store,
  { resource, namespace, name }: Pick<ResourceRequest, 'resource' | 'namespace' | 'name'>,
  change: (object: WritableObject) => WritableObject,
): ApiResponse {
  const writable = requireWritable(resource);
  const changed = store.modify(writable.key, namespace, name, (object) => {
    const { spec, ...rest } = change(object) as WritableObject & { readonly spec: JsonObject };
    const completed = specOf(writable, name, spec, store.resourceVersion);
    checkReplicas(completed);
    if (JSON.stringify(completed) === JSON.stringify(object.spec)) return { ...rest, spec } as typeof object;
    const generation = (object.metadata.generation ?? 1) + 1;
    const metadata = { ...rest.metadata, generation };
    return { ...rest, metadata, spec: completed } as unknown as typeof object;
  });
  if (changed === undefined) throw new ApiStatusError(notFound(resource.plural, resource.group, name));
  return json(changed);
}

function checkReplicas({ replicas = 1 }: JsonObject): void {
  const isPossible = Number.isSafeInteger(replicas) && Number(replicas) >= 0;
  if (isPossible && Number(replicas) <= MAX_REPLICAS) return;
  throw new ApiStatusError(badRequest(`spec.replicas must be from 0 to ${MAX_REPLICAS}`));
}

/**
 * Returns only the spec, labels and annotations of a patch, because a patch must not change the status or the identity
 * of an object.
 */
function withoutStatus(patch: JsonObject): JsonObject {
  const metadata = isObject(patch['metadata']) ? patch['metadata'] : {};
  const { labels, annotations } = metadata;
  return {
    ...(patch['spec'] === undefined ? {} : { spec: patch['spec'] }),
    metadata: {
      ...defined({ labels, annotations }),
    },
  };
}

function scaleOf({ metadata, spec, status }: Deployment | StatefulSet): unknown {
  const { name, namespace, uid, resourceVersion, creationTimestamp } = metadata;
  const selector = Object.entries(spec.selector.matchLabels).map(([key, value]) => `${key}=${value}`);
  return {
    kind: 'Scale',
    apiVersion: 'autoscaling/v1',
    metadata: { name, namespace, uid, resourceVersion, creationTimestamp },
    spec: { replicas: spec.replicas },
    status: { replicas: status.replicas, selector: selector.join(',') },
  };
}
