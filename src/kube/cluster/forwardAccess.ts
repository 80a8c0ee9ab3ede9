import { grantingRule } from '../../rest/statusError.ts';
import type { Cluster } from './cluster.ts';

/** The verbs that a forward may need: SPDY needs `create`, a WebSocket needs `get`, and both since Kubernetes 1.35. */
export type ForwardVerb = 'get' | 'create';

/** The permissions of this user in a namespace, according to the server. */
export interface ForwardAccess {
  /** In the order get, create. With both, a forward works on every server and over every transport. */
  readonly missing: readonly ForwardVerb[];
  /** The RBAC rules that grant the missing verbs. */
  readonly rules: readonly string[];
}

const RESOURCE = { resource: 'pods', subresource: 'portforward' } as const;

/**
 * Asks the server about both verbs on `pods/portforward`. With one of them a forward may still work, depending on server
 * and transport: only the answer to the forward itself decides.
 * @throws CodedError as requests do; some servers refuse even this question
 */
export async function reviewForwardAccess(
  cluster: Cluster,
  namespace: string,
  signal: AbortSignal,
): Promise<ForwardAccess> {
  const verbs: readonly ForwardVerb[] = ['get', 'create'];
  const reviews = await Promise.all(
    verbs.map((verb) => cluster.reviewAccess({ ...RESOURCE, namespace, verb }, signal)),
  );
  const missing = verbs.filter((_verb, index) => reviews[index]?.isAllowed !== true);
  return {
    missing,
    rules: missing.map((verb) => grantingRule(verb, { group: '', resource: 'pods/portforward' })),
  };
}
