import { usage } from '../../base/errors.ts';
import { KINDS, type KindInfo } from '../../kinds/targetKinds.ts';
import { type CallOptions, CLIENTS, callWith, type SendRequest } from './apiClients.ts';
import type { Resource } from './resources.ts';

/**
 * The parameters of a list call, with the names that `@kubernetes/client-node` gives them. If `watch` is true, the call
 * follows changes instead of listing.
 */
export interface ListParameters {
  readonly labelSelector?: string;
  readonly fieldSelector?: string;
  readonly limit?: number;
  readonly _continue?: string;
  readonly resourceVersion?: string;
  readonly watch?: boolean;
  readonly allowWatchBookmarks?: boolean;
  readonly timeoutSeconds?: number;
}

interface InNamespace {
  readonly namespace: string;
}

type Call<P> = (parameters: P, options: CallOptions) => Promise<unknown>;

/** The methods of client-node that list and read the objects of one kind. */
interface ResourceCalls {
  readonly list: Call<ListParameters>;
  readonly listNamespaced: Call<ListParameters & InNamespace>;
  readonly read: Call<InNamespace & { readonly name: string }>;
}

const { core, apps, batch, discovery, customObjects, version } = CLIENTS;

const CALLS: Readonly<Record<Resource, ResourceCalls>> = {
  namespaces: {
    list: (parameters, options) => core.listNamespace(parameters, options),
    listNamespaced: (parameters, options) => core.listNamespace(parameters, options),
    read: ({ name }, options) => core.readNamespace({ name }, options),
  },
  pods: namespacedCalls(core, 'Pod'),
  services: namespacedCalls(core, 'Service'),
  replicationcontrollers: namespacedCalls(core, 'ReplicationController'),
  endpointslices: namespacedCalls(discovery, 'EndpointSlice'),
  deployments: namespacedCalls(apps, 'Deployment'),
  replicasets: namespacedCalls(apps, 'ReplicaSet'),
  statefulsets: namespacedCalls(apps, 'StatefulSet'),
  daemonsets: namespacedCalls(apps, 'DaemonSet'),
  jobs: namespacedCalls(batch, 'Job'),
  rollouts: customCalls(KINDS.rollout),
};

/**
 * Lists or watches the objects of one namespace, or of all namespaces if `namespace` is undefined.
 * @param send sends the request; its result becomes the result of this function
 */
export function callList<T>(
  resource: Resource,
  namespace: string | undefined,
  parameters: ListParameters,
  send: SendRequest<T>,
): Promise<T> {
  const { list, listNamespaced } = CALLS[resource];
  if (namespace === undefined) return callWith((options) => list(parameters, options), send);
  assertPathSegment(namespace);
  return callWith((options) => listNamespaced({ ...parameters, namespace }, options), send);
}

/**
 * Reads one object. If the object is a namespace, the parameter `namespace` is ignored, because no namespace is inside
 * another one.
 */
export function callRead<T>(
  resource: Resource,
  namespace: string,
  name: string,
  send: SendRequest<T>,
): Promise<T> {
  if (resource !== 'namespaces') assertPathSegment(namespace);
  assertPathSegment(name);
  return callWith((options) => CALLS[resource].read({ namespace, name }, options), send);
}

/** Requests the list of the kinds that the API server has in an API group. */
export function callDiscovery<T>({ group, version }: KindInfo, send: SendRequest<T>): Promise<T> {
  return callWith((options) => customObjects.getAPIResources({ group, version }, options), send);
}

/** Asks the API server for its version. */
export function callVersion<T>(send: SendRequest<T>): Promise<T> {
  return callWith((options) => version.getCode({}, options), send);
}

/**
 * Returns the calls of a kind that is built into the API. Finds the methods of client-node by their names, which
 * contain the kind: `listNamespacedPod`.
 */
function namespacedCalls<K extends string>(
  client: Record<`list${K}ForAllNamespaces`, ResourceCalls['list']> &
    Record<`listNamespaced${K}`, ResourceCalls['listNamespaced']> &
    Record<`readNamespaced${K}`, ResourceCalls['read']>,
  kind: K,
): ResourceCalls {
  return {
    list: callOf(client, `list${kind}ForAllNamespaces` as const),
    listNamespaced: callOf(client, `listNamespaced${kind}` as const),
    read: callOf(client, `readNamespaced${kind}` as const),
  };
}

function callOf<M extends string, P>(client: Record<M, Call<P>>, method: M): Call<P> {
  return (parameters, options) => client[method](parameters, options);
}

/** Returns the calls of a kind that a CustomResourceDefinition defines. */
function customCalls({ group, version, plural }: KindInfo): ResourceCalls {
  const kind = { group, version, plural };
  return {
    list: (parameters, options) =>
      customObjects.listCustomObjectForAllNamespaces(
        { ...parameters, group, version, resourcePlural: plural },
        options,
      ),
    listNamespaced: (parameters, options) =>
      customObjects.listNamespacedCustomObject({ ...parameters, ...kind }, options),
    read: (parameters, options) =>
      customObjects.getNamespacedCustomObject({ ...parameters, ...kind }, options),
  };
}

/**
 * Throws for a name that would change the path of the request: an empty name would address the whole list, and `.` and
 * `..` would remove segments. Also throws for half a surrogate pair, which client-node cannot encode. client-node
 * encodes all other characters, such as slashes.
 * @throws CodedError `USAGE`
 */
function assertPathSegment(name: string): void {
  if (name !== '' && name !== '.' && name !== '..' && name.isWellFormed()) return;
  throw usage(`"${name}" is not a valid name of a Kubernetes object`);
}
