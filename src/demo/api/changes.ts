import type { PodLifecycle } from '../controllers/podLifecycle.ts';
import type { Deployment, StatefulSet } from '../objects/types.ts';
import { ApiStatusError, badRequest, failure, methodNotAllowed, notFound } from '../status.ts';
import type { Store } from '../store.ts';
import { isObject, type JsonObject } from './requestBody.ts';
import type { ResourceRequest } from './requestInfo.ts';
import { type ApiResponse, json } from './response.ts';

type Scalable = 'deployments.apps' | 'statefulsets.apps';

const MAX_REPLICAS = 10_000;
const PATCH_TYPES = ['application/strategic-merge-patch+json', 'application/merge-patch+json'];

/** Answers the deletion of a pod: what is being deleted, as it stands now. */
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
    throw new ApiStatusError(badRequest('gracePeriodSeconds is to be a number of seconds'));
  }
  return json(pods.delete(pod, seconds));
}

/** Answers a patch of a deployment or stateful set: enough for `kubectl scale` and `kubectl rollout restart`. */
export function patchWorkload(
  store: Store,
  { resource, namespace, name, subresource }: ResourceRequest,
  contentType: string | undefined,
  patch: JsonObject,
): ApiResponse {
  if (!PATCH_TYPES.some((type) => contentType?.startsWith(type))) {
    throw new ApiStatusError(failure(415, 'UnsupportedMediaType', 'only merge patches are accepted'));
  }
  const key = resource.key;
  if (!isScalable(key)) throw new ApiStatusError(methodNotAllowed());
  const isScale = subresource === 'scale';
  const changed = store.modify(key, namespace, name, (object) => applyPatch(object, patch, isScale));
  if (changed === undefined) throw new ApiStatusError(notFound(resource.plural, resource.group, name));
  return json(isScale ? scaleOf(changed) : changed);
}

/** Answers `get` of the `scale` subresource. */
export function getScale(store: Store, { resource, namespace, name }: ResourceRequest): ApiResponse {
  const object = isScalable(resource.key) ? store.get(resource.key, namespace, name) : undefined;
  if (object === undefined) throw new ApiStatusError(notFound(resource.plural, resource.group, name));
  return json(scaleOf(object));
}

/** Answers `update` of the `scale` subresource. */
export function putScale(store: Store, request: ResourceRequest, scale: JsonObject): ApiResponse {
  return patchWorkload(store, request, PATCH_TYPES[0], scale);
}

function isScalable(key: string): key is Scalable {
  return key === 'deployments.apps' || key === 'statefulsets.apps';
}

function applyPatch<T extends Deployment | StatefulSet>(object: T, patch: JsonObject, isScale: boolean): T {
  const spec = patch['spec'];
  const wanted = isScale
    ? isObject(spec)
      ? { spec: { replicas: spec['replicas'] } }
      : {}
    : withoutStatus(patch);
  const merged = merge(object, wanted) as T;
  const { replicas } = merged.spec;
  if (!Number.isSafeInteger(replicas) || replicas < 0 || replicas > MAX_REPLICAS) {
    throw new ApiStatusError(badRequest(`spec.replicas is to be from 0 to ${MAX_REPLICAS}`));
  }
  if (JSON.stringify(merged.spec) === JSON.stringify(object.spec)) return merged;
  const generation = (object.metadata.generation ?? 1) + 1;
  return { ...merged, metadata: { ...merged.metadata, generation } };
}

/** A patch changes neither identity nor status. */
function withoutStatus(patch: JsonObject): JsonObject {
  const metadata = isObject(patch['metadata']) ? patch['metadata'] : {};
  const { labels, annotations } = metadata;
  return {
    ...(patch['spec'] === undefined ? {} : { spec: patch['spec'] }),
    metadata: {
      ...(labels === undefined ? {} : { labels }),
      ...(annotations === undefined ? {} : { annotations }),
    },
  };
}

/** RFC 7396; lists of the strategic form that are keyed by `name` are merged by it. */
function merge(target: unknown, patch: unknown): unknown {
  if (Array.isArray(patch)) return mergeList(Array.isArray(target) ? target : [], patch);
  if (!isObject(patch)) return patch;
  const merged: Record<string, unknown> = isObject(target) ? { ...target } : {};
  for (const [name, value] of Object.entries(patch)) {
    if (name.startsWith('$') || name === '__proto__') continue;
    if (value === null) delete merged[name];
    else merged[name] = merge(merged[name], value);
  }
  return merged;
}

function mergeList(target: readonly unknown[], patch: readonly unknown[]): readonly unknown[] {
  if (!patch.every((item) => isObject(item) && typeof item['name'] === 'string')) return patch;
  const merged = [...target];
  for (const item of patch) {
    const index = merged.findIndex(
      (each) => isObject(each) && isObject(item) && each['name'] === item['name'],
    );
    if (index < 0) merged.push(item);
    else merged[index] = merge(merged[index], item);
  }
  return merged;
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
