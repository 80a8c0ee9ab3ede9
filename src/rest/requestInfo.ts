import { defined } from '../base/defined.ts';
/**
 * The verb, resource and object of a request. RBAC decides by these properties whether the user may send the request.
 */
export interface RequestInfo {
  readonly verb: string;
  /** The API group. Empty for the core group. */
  readonly group: string;
  /** The plural name of the resource. A subresource follows after a slash: `pods/portforward`. */
  readonly resource: string;
  readonly name?: string;
  /** Missing if the request is for the whole cluster. */
  readonly namespace?: string;
  /**
   * A second verb that newer servers require for the same request. For example, a WebSocket upgrade is a `get`, and
   * since Kubernetes 1.35 it also requires `create`. If the user lacks only the second verb, the message of the server
   * does not name this verb. So the error of this program names it.
   */
  readonly additionalVerb?: string;
}

const VERBS: Readonly<Record<string, string>> = {
  POST: 'create',
  PUT: 'update',
  PATCH: 'patch',
  DELETE: 'delete',
};

/**
 * Derives the verb and the resource from a request, as the API server does (`requestinfo.go` of apiserver).
 * @param path the path of the request without the part that comes from the server URL; may end with a query
 * @returns undefined if the path names no resource, for example `/version`
 */
export function requestInfo(method: string, path: string): RequestInfo | undefined {
  const url = new URL(path, 'http://api.invalid');
  const parts = url.pathname.split('/').filter((part) => part !== '');
  const isCore = parts[0] === 'api';
  if (!isCore && parts[0] !== 'apis') return undefined;
  const group = isCore ? '' : (parts[1] ?? '');
  const rest = parts.slice(isCore ? 2 : 3).map(decodeURIComponent);
  const isNamespaced = rest[0] === 'namespaces' && rest.length > 2;
  const [resource, name, subresource] = isNamespaced ? rest.slice(2) : rest;
  if (resource === undefined) return undefined;
  const namespace = rest[0] === 'namespaces' ? rest[1] : undefined;
  const verb = VERBS[method] ?? readVerb(name, url.searchParams);
  return {
    verb,
    group,
    resource: subresource === undefined ? resource : `${resource}/${subresource}`,
    ...defined({ name, namespace }),
    ...(subresource === 'portforward' && verb === 'get' && { additionalVerb: 'create' }),
  };
}

function readVerb(name: string | undefined, query: URLSearchParams): string {
  if (name !== undefined) return 'get';
  const watch = query.get('watch');
  return watch === 'true' || watch === '1' ? 'watch' : 'list';
}
