import { defined } from '../base/defined.ts';
/** The verb and the resource of a request, by which RBAC decides. */
export interface RequestInfo {
  readonly verb: string;
  /** API group, empty for the core one. */
  readonly group: string;
  /** Plural name, with the subresource after a slash: `pods/portforward`. */
  readonly resource: string;
  readonly name?: string;
  /** Missing for requests at the cluster scope. */
  readonly namespace?: string;
  /**
   * A second verb that newer servers require for the same request, and refuse without a reason: a WebSocket upgrade is a
   * `get`, and from Kubernetes 1.35 on requires `create` as well.
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
 * Reads the verb and the resource of a request as the API server does (`requestinfo.go` of apiserver).
 * @param path without the server URL's own prefix; may have a query
 * @returns undefined for paths that are no resource (`/version`)
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
