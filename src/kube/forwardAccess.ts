import { grantingRule } from '../rest/statusError.ts';
import type { Cluster } from './cluster.ts';

/** The verbs that a forward can be asked for: SPDY is a `create`, a WebSocket a `get`, and both since Kubernetes 1.35. */
export type ForwardVerb = 'get' | 'create';

/** What this user may do in a namespace, as the server says. */
export interface ForwardAccess {
  /** In the order get, create; with both a forward works on every server and over every transport. */
  readonly missing: readonly ForwardVerb[];
  /** The RBAC rules that would grant what is missing. */
  readonly rules: readonly string[];
}

const RESOURCE = { resource: 'pods', subresource: 'portforward' } as const;

/**
 * Asks the server about both verbs on `pods/portforward`. With one of them a forward may still work, depending on server
 * and transport: what the server answers to the forward itself is the truth.
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
