import { randomUUID } from 'node:crypto';
import { CodedError } from '../../base/errors.ts';
import type { ContextReference, Row, ViewScope } from '../../rpc/contract.ts';
import type { ClusterViews } from '../clusters/clusterViews.ts';
import type { ContextsModel } from '../clusters/contextsModel.ts';

export interface TargetSources {
  readonly contexts: ContextsModel;
  readonly views: ClusterViews;
}

export interface ListTargetsInput {
  readonly context?: string;
  readonly namespace?: string;
  readonly filter?: string;
}

/** An agent that gets more would read it all. */
const LIMIT = 100;
/** Key of the views that this opens: none of the tree's begins so. */
const KEY = '\u0000tool';

/** What can be forwarded: contexts, the namespaces of one, or what a namespace has. */
export async function listTargets(
  { contexts, views }: TargetSources,
  { context, namespace, filter }: ListTargetsInput,
  signal: AbortSignal,
): Promise<unknown> {
  await contexts.load();
  const known = contexts.contexts;
  if (context === undefined) {
    return known.map((row) => ({ context: row.context, namespace: row.namespace, isCurrent: row.isCurrent }));
  }
  const row = known.find((candidate) => candidate.context === context);
  if (row === undefined) {
    throw new CodedError('CONTEXT_NOT_FOUND', { context, known: known.map((one) => one.context).join(', ') });
  }
  const reference: ContextReference = { kubeconfig: row.kubeconfig, context };
  const scopes: readonly ViewScope[] =
    namespace === undefined
      ? [{ type: 'namespaces', context: reference }]
      : (['services', 'workloads', 'pods'] as const).map((type) => ({
          ...{ type, context: reference, namespace, limit: LIMIT },
          ...(filter === undefined ? {} : { filter }),
        }));
  const rows = await Promise.all(scopes.map((scope) => look(views, scope, signal)));
  return rows.flat().map(toTarget);
}

async function look(views: ClusterViews, scope: ViewScope, signal: AbortSignal): Promise<readonly Row[]> {
  const key = `${KEY} ${randomUUID()}`;
  views.open(key, scope);
  try {
    const snapshot = await views.whenShown(key, signal);
    if (snapshot?.error !== undefined) throw new CodedError(snapshot.error.code, snapshot.error.arguments);
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
