import type { ResourceDefinition, ServedResources } from '../resources.ts';

/** What a request asks for, parsed from its method and URL: the verb, the resource and the object. */
export interface ResourceRequest {
  readonly resource: ResourceDefinition;
  /** Kubernetes' verb, such as `list` or `watch`. */
  readonly verb: string;
  /** The namespace. Empty for cluster-scoped resources, and for lists and watches of all namespaces. */
  readonly namespace: string;
  readonly name: string;
  readonly subresource: string;
}

const NAMESPACED = /^\/namespaces\/([^/]+)\/([^/]+)(?:\/([^/]+)(?:\/([^/]+))?)?$/;
const UNSCOPED = /^\/([^/]+)(?:\/([^/]+)(?:\/([^/]+))?)?$/;

/** Parses the method and URL of a request. Returns undefined if the server does not serve the resource. */
export function parseResourceRequest(
  method: string,
  url: URL,
  resources: ServedResources,
): ResourceRequest | undefined {
  const parsed = splitGroupVersion(url.pathname);
  if (parsed === undefined) return undefined;
  const [namespace, plural, name, subresource] = splitRest(parsed.rest);
  const resource = resources.find(parsed.group, parsed.version, plural);
  if (resource === undefined) return undefined;
  if (namespace !== '' && !resource.isNamespaced) return undefined;
  return {
    resource,
    namespace,
    name,
    subresource,
    verb: verbOf(method, name, url.searchParams),
  };
}

function splitGroupVersion(
  path: string,
): { readonly group: string; readonly version: string; readonly rest: string } | undefined {
  const core = /^\/api\/([^/]+)(\/.*)$/.exec(path);
  if (core !== null) return { group: '', version: core[1] ?? '', rest: core[2] ?? '' };
  const grouped = /^\/apis\/([^/]+)\/([^/]+)(\/.*)$/.exec(path);
  if (grouped === null) return undefined;
  return { group: grouped[1] ?? '', version: grouped[2] ?? '', rest: grouped[3] ?? '' };
}

function splitRest(
  rest: string,
): readonly [namespace: string, plural: string, name: string, subresource: string] {
  const namespaced = NAMESPACED.exec(rest);
  if (namespaced !== null) {
    const [, namespace = '', plural = '', name = '', subresource = ''] = namespaced.map(decode);
    return [namespace, plural, name, subresource];
  }
  const [, plural = '', name = '', subresource = ''] = (UNSCOPED.exec(rest) ?? []).map(decode);
  return ['', plural, name, subresource];
}

function decode(part: string | undefined): string {
  if (part === undefined) return '';
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

function verbOf(method: string, name: string, query: URLSearchParams): string {
  switch (method) {
    case 'GET':
    case 'HEAD':
      if (isTrue(query.get('watch'))) return 'watch';
      return name === '' ? 'list' : 'get';
    case 'POST':
      return 'create';
    case 'PUT':
      return 'update';
    case 'PATCH':
      return 'patch';
    case 'DELETE':
      return name === '' ? 'deletecollection' : 'delete';
    default:
      return method.toLowerCase();
  }
}

/** Returns whether a boolean query parameter is true. Clients send `true` or `1`. */
export function isTrue(value: string | null): boolean {
  return value === 'true' || value === '1';
}
