import type { KubernetesObject } from '../objects/types.ts';
import { groupVersion, type ResourceDefinition } from '../resources.ts';
import { selectorOf } from '../selectors.ts';
import { ApiStatusError, badRequest, expired, notFound } from '../status.ts';
import { type Store, storeKey } from '../store.ts';
import {
  includeObjectOf,
  type Representation,
  representationOf,
  toPartialMetadata,
  toTable,
} from './representation.ts';
import type { ResourceRequest } from './requestInfo.ts';
import { type ApiResponse, json, renderedJson } from './response.ts';

interface Page {
  readonly objects: readonly KubernetesObject[];
  readonly listMeta: Readonly<Record<string, string | number>>;
}

/** Answers a `get` request for one object. */
export function getObject(
  store: Store,
  { resource, namespace, name }: ResourceRequest,
  accept: string | undefined,
  query: URLSearchParams,
): ApiResponse {
  const object = store.get(resource.key, namespace, name);
  if (object === undefined) throw new ApiStatusError(notFound(resource.plural, resource.group, name));
  return json(represent(object, resource, representationOf(accept), query));
}

/**
 * Answers a `list` request. Applies selectors, returns one page (`limit` and `continue`), and uses the format that the
 * client accepts.
 */
export function listObjects(
  store: Store,
  { resource, namespace }: ResourceRequest,
  accept: string | undefined,
  query: URLSearchParams,
): ApiResponse {
  const page = takePage(store, resource, namespace, query);
  switch (representationOf(accept)) {
    case 'Table':
      return json(
        toTable(page.objects, {
          resource: resource.key,
          includeObject: includeObjectOf(query),
          hasColumns: true,
          listMeta: page.listMeta,
        }),
      );
    case 'PartialObjectMetadata':
      return json({
        kind: 'PartialObjectMetadataList',
        apiVersion: 'meta.k8s.io/v1',
        metadata: page.listMeta,
        items: page.objects.map(toPartialMetadata),
      });
    default:
      return renderedJson(renderList(page, resource));
  }
}

function represent(
  object: KubernetesObject,
  resource: ResourceDefinition,
  representation: Representation,
  query: URLSearchParams,
): unknown {
  if (representation === 'Object') return object;
  if (representation === 'PartialObjectMetadata') return toPartialMetadata(object);
  return toTable([object], {
    resource: resource.key,
    includeObject: includeObjectOf(query),
    hasColumns: true,
    listMeta: { resourceVersion: object.metadata.resourceVersion },
  });
}

/** Renders a list as JSON. As on a real server, items have no `kind` and `apiVersion`, because the list states both. */
function renderList({ objects, listMeta }: Page, resource: ResourceDefinition): string {
  const items = objects.map(({ kind: _kind, apiVersion: _apiVersion, ...item }) => JSON.stringify(item));
  const head = `{"kind":"${resource.kind}List","apiVersion":"${groupVersion(resource)}"`;
  return `${head},"metadata":${JSON.stringify(listMeta)},"items":[${items.join(',')}]}\n`;
}

function takePage(
  store: Store,
  resource: ResourceDefinition,
  namespace: string,
  query: URLSearchParams,
): Page {
  const limit = limitOf(query);
  const continued = readContinueToken(store, query.get('continue'));
  const selector = selectorOf(resource.key, query);
  const rest = store.list(resource.key, namespace, continued?.afterKey) as readonly KubernetesObject[];
  const selected = selector === undefined ? rest : rest.filter(selector);
  const resourceVersion = continued?.resourceVersion ?? store.resourceVersion;
  const last = selected[limit - 1];
  if (selected.length <= limit || last === undefined) {
    return { objects: selected, listMeta: { resourceVersion: String(resourceVersion) } };
  }
  return {
    objects: selected.slice(0, limit),
    listMeta: {
      resourceVersion: String(resourceVersion),
      continue: continueToken(resourceVersion, storeKey(last)),
      // Like a real server, omits the count of remaining objects if the request has a selector.
      ...(selector === undefined ? { remainingItemCount: selected.length - limit } : {}),
    },
  };
}

function limitOf(query: URLSearchParams): number {
  const text = query.get('limit') ?? '';
  if (text === '' || text === '0') return Number.POSITIVE_INFINITY;
  const limit = Number(text);
  if (!Number.isSafeInteger(limit) || limit < 0) {
    throw new ApiStatusError(badRequest(`strconv.ParseInt: parsing ${JSON.stringify(text)}: invalid syntax`));
  }
  return limit;
}

function continueToken(resourceVersion: number, afterKey: string): string {
  const token = { v: 'meta.k8s.io/v1', rv: resourceVersion, start: afterKey };
  return Buffer.from(JSON.stringify(token)).toString('base64url');
}

function readContinueToken(
  store: Store,
  text: string | null,
): { readonly resourceVersion: number; readonly afterKey: string } | undefined {
  if (text === null || text === '') return undefined;
  const { rv, start } = parseToken(text);
  if (typeof rv !== 'number' || typeof start !== 'string') {
    throw new ApiStatusError(badRequest('continue key is not valid'));
  }
  if (store.changesAfter(rv) === 'expired') {
    throw new ApiStatusError(
      expired(
        'The provided continue parameter is too old to display a consistent list result. You can start a new list without the continue parameter, or use the continue token in this response to retrieve the remainder of the results.',
      ),
    );
  }
  return { resourceVersion: rv, afterKey: start };
}

function parseToken(text: string): { readonly rv?: unknown; readonly start?: unknown } {
  try {
    const parsed: unknown = JSON.parse(Buffer.from(text, 'base64url').toString());
    return typeof parsed === 'object' && parsed !== null ? parsed : {};
  } catch {
    return {};
  }
}
