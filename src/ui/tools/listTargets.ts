import { randomUUID } from 'node:crypto';
import { defined } from '../../base/defined.ts';
import { CodedError, isCoded } from '../../base/errors.ts';
import type { ContextReference, Row, ViewScope } from '../../rpc/contract.ts';
import { fromErrorInfo } from '../../rpc/rpcErrors.ts';
import type { ContextsModel } from '../clusters/contextsModel.ts';
import type { ViewSubscriptions } from '../clusters/viewSubscriptions.ts';
import { namedContext } from '../saved/toSpecification.ts';
import type { ListTargetsInput } from './toolInput.ts';

export interface TargetSources {
  readonly contexts: ContextsModel;
  readonly views: ViewSubscriptions;
}

/**
 * The maximum number of objects of each kind in a result. It is small, because an agent reads the whole result. To find
 * further objects, the agent uses the filter.
 */
const LIMIT = 100;
/**
 * The prefix of the keys by which this tool opens views ({@link ViewSubscriptions}). The tree opens its views by keys
 * without this prefix. If the tool used the same key as the tree, it would change or close a view that the tree shows.
 */
const KEY = '\u0000tool';

/**
 * Without a context, lists all contexts. With a context, lists its namespaces. With a context and a namespace, lists
 * the targets in the namespace.
 */
export async function listTargets(
  { contexts, views }: TargetSources,
  { context, namespace, filter }: ListTargetsInput,
  signal: AbortSignal,
): Promise<unknown> {
  const known = await contexts.list();
  const fits = (name: string) => name.toLowerCase().includes((filter ?? '').toLowerCase());
  if (context === undefined) {
    return known
      .filter((row) => fits(row.context))
      .map((row) => ({ context: row.context, namespace: row.namespace, isCurrent: row.isCurrent }));
  }
  const { kubeconfig } = namedContext({ context }, known);
  const reference: ContextReference = { kubeconfig, context };
  if (namespace === undefined) {
    const rows = await look(views, { type: 'namespaces', context: reference }, signal);
    return rows.filter(({ name }) => fits(name)).map(toTarget);
  }
  const scopes = (['services', 'workloads', 'pods'] as const).map((type) => ({
    ...{ type, context: reference, namespace, limit: LIMIT },
    ...defined({ filter }),
  }));
  const rows = (await Promise.all(scopes.map((scope) => look(views, scope, signal)))).flat();
  if (rows.length === 0) await checkNamespace(views, reference, namespace, signal);
  return rows.map(toTarget);
}

/**
 * Throws an error if the namespace does not exist. Needed because Kubernetes returns empty lists for such a namespace,
 * so an agent could not distinguish a wrong name from an empty namespace.
 * @throws CodedError `NAMESPACE_NOT_FOUND`
 */
async function checkNamespace(
  views: ViewSubscriptions,
  context: ContextReference,
  namespace: string,
  signal: AbortSignal,
): Promise<void> {
  const rows = await look(views, { type: 'namespaces', context }, signal).catch((error: unknown) => {
    // Without permission to list namespaces, it is unknown whether the namespace exists. So no error is thrown.
    if (isCoded(error, 'FORBIDDEN') || isCoded(error, 'FORBIDDEN_CLUSTER_WIDE')) return undefined;
    throw error;
  });
  if (rows?.every(({ name }) => name !== namespace)) {
    throw new CodedError('NAMESPACE_NOT_FOUND', { namespace });
  }
}

async function look(
  views: ViewSubscriptions,
  scope: ViewScope,
  signal: AbortSignal,
): Promise<readonly Row[]> {
  const key = `${KEY} ${randomUUID()}`;
  views.open(key, scope);
  try {
    const snapshot = await views.whenShown(key, signal);
    if (snapshot?.error !== undefined) throw fromErrorInfo(snapshot.error);
    return snapshot?.rows ?? [];
  } finally {
    views.close(key);
  }
}

function toTarget(row: Row): unknown {
  if (row.type === 'namespace') return { namespace: row.name };
  const ports = row.ports
    .filter(({ protocol }) => protocol === 'TCP')
    .map(({ name, number }) => (name === undefined ? { number } : { name, number }));
  const kind = row.type === 'workload' ? row.kind : row.type;
  return { target: `${kind}/${row.name}`, ports, ...(row.type === 'pod' ? { status: row.status } : {}) };
}
