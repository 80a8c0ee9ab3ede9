import { randomUUID } from 'node:crypto';
import * as vscode from 'vscode';
import { type Clock, deadline, raceAbort, systemClock } from '../../base/async.ts';
import { defined } from '../../base/defined.ts';
import { CodedError, isCoded } from '../../base/errors.ts';
import { until } from '../../base/event.ts';
import type { ContextReference, Row, ViewScope } from '../../rpc/clustersContract.ts';
import type { ErrorInfo } from '../../rpc/messages.ts';
import { fromErrorInfo, toErrorInfo } from '../../rpc/rpcErrors.ts';
import type { ContextsModel } from '../clusters/contextsModel.ts';
import type { ViewSubscriptions } from '../clusters/viewSubscriptions.ts';
import { errorText } from '../present/errorText.ts';
import { namedContext } from '../saved/toSpecification.ts';
import type { ListTargetsInput } from './toolInput.ts';

export interface TargetSources {
  readonly contexts: ContextsModel;
  readonly views: ViewSubscriptions;
}

/**
 * The maximum number of objects of each kind in a result. The number is small, because an agent reads the whole result.
 * If there are more objects, `omitted` says how many are missing, and the agent can find them with the filter.
 */
const LIMIT = 100;
/**
 * The prefix of the keys by which this tool opens views. A view is a list of objects, such as the pods of a namespace,
 * that the host keeps up to date for this window ({@link ViewSubscriptions}). The Clusters view opens its lists by keys
 * without this prefix. With the same key, the tool would change or close a list that the Clusters view shows.
 */
const KEY = '\u0000tool';

/**
 * A call of the tool lists the services, workloads and pods of a namespace, and then may check whether the namespace
 * exists. The lists and the check must have ended this long after the beginning of the call, in milliseconds. Both
 * limits count from the beginning of the call, because the start of a host may take long, and are less than the time
 * limit of the call. Otherwise a slow list could end the call, and the agent would not get the other lists.
 */
const LISTS_LIMIT_MS = 45_000;
const CHECK_LIMIT_MS = 55_000;

/** With these errors, the namespaces of a cluster cannot be listed, but the targets in a namespace perhaps can. */
const UNLISTED = ['FORBIDDEN', 'FORBIDDEN_CLUSTER_WIDE', 'TIMED_OUT'] as const;

/** A call of the tool. */
interface Call {
  readonly views: ViewSubscriptions;
  /** Aborted when the user cancels the call, or when the time limit of the call has passed. */
  readonly signal: AbortSignal;
  readonly clock: Clock;
  /** When the call began: a time on the clock, in milliseconds. */
  readonly beganMs: number;
}

/** The objects that were listed: the rows of one or more views. */
interface Seen {
  readonly rows: readonly Row[];
  /** The number of rows that the host left out, because the views contain more rows than their limits allow. */
  readonly omitted: number;
  /** Why rows are missing or out of date. */
  readonly problems: readonly ErrorInfo[];
}

/**
 * Without a context, lists all contexts. With a context, lists its namespaces. With a context and a namespace, lists
 * the targets in the namespace.
 */
export async function listTargets(
  { contexts, views }: TargetSources,
  { context, namespace, filter }: ListTargetsInput,
  signal: AbortSignal,
  clock = systemClock,
): Promise<unknown> {
  const call: Call = { views, signal, clock, beganMs: clock.now() };
  const known = await raceAbort(contexts.list(), signal);
  const fits = (name: string) => name.toLowerCase().includes((filter ?? '').toLowerCase());
  if (context === undefined) {
    const problems = contexts.problems.map(({ error }) => error);
    const found = known
      .filter((row) => fits(row.context))
      .map((row) => ({ context: row.context, namespace: row.namespace, isCurrent: row.isCurrent }));
    return toResult(found, { omitted: 0, problems });
  }
  const { kubeconfig } = namedContext({ context }, { contexts: known, problems: contexts.problems });
  const reference: ContextReference = { kubeconfig, context };
  if (namespace === undefined) {
    const seen = await listView(views, { type: 'namespaces', context: reference }, signal);
    return toResult(seen.rows.filter(({ name }) => fits(name)).map(toTarget), seen);
  }
  const scopes = (['services', 'workloads', 'pods'] as const).map((type) => ({
    ...{ type, context: reference, namespace, limit: LIMIT },
    ...defined({ filter }),
  }));
  const seen = await listViews(call, scopes);
  if (seen.rows.length === 0) await checkNamespace(call, reference, namespace);
  return toResult(seen.rows.map(toTarget), seen);
}

/** Returns the list alone if it is complete. Otherwise adds what the agent must know about the missing objects. */
function toResult(found: readonly unknown[], { omitted, problems }: Omit<Seen, 'rows'>): unknown {
  if (omitted === 0 && problems.length === 0) return found;
  return {
    found,
    ...(omitted > 0 && { omitted }),
    ...(problems.length > 0 && { problems: problems.map((problem) => errorText(vscode.l10n, problem)) }),
  };
}

/**
 * Throws an error if the namespace does not exist. Needed because Kubernetes returns empty lists for a namespace that
 * does not exist, so an agent could not distinguish a wrong name from an empty namespace.
 * @throws CodedError `NAMESPACE_NOT_FOUND`
 */
async function checkNamespace(call: Call, context: ContextReference, namespace: string): Promise<void> {
  const scope = { type: 'namespaces', context } as const;
  const seen = await listPromptly(call, scope, CHECK_LIMIT_MS).catch((error: unknown) => {
    // Without the list of namespaces, it is unknown whether the namespace exists. So no error is thrown.
    if (UNLISTED.some((code) => isCoded(error, code))) return undefined;
    throw error;
  });
  if (seen === undefined || seen.omitted > 0 || seen.problems.length > 0) return;
  if (seen.rows.every(({ name }) => name !== namespace)) {
    throw new CodedError('NAMESPACE_NOT_FOUND', { namespace });
  }
}

/**
 * Lists several views. Returns the rows of all views that can be listed in time, and an error for each other view. For
 * example, a user may have the permission to list pods, but not services.
 * @throws the first error if no view can be listed
 */
async function listViews(call: Call, scopes: readonly ViewScope[]): Promise<Seen> {
  const results = await Promise.allSettled(scopes.map((scope) => listPromptly(call, scope, LISTS_LIMIT_MS)));
  call.signal.throwIfAborted();
  const seen = results.flatMap((each) => (each.status === 'fulfilled' ? [each.value] : []));
  const errors: unknown[] = results.flatMap((each) => (each.status === 'rejected' ? [each.reason] : []));
  if (seen.length === 0) throw errors[0];
  return {
    rows: seen.flatMap(({ rows }) => rows),
    omitted: seen.reduce((sum, { omitted }) => sum + omitted, 0),
    problems: [...seen.flatMap(({ problems }) => problems), ...errors.map(toErrorInfo)],
  };
}

/**
 * Does the same as {@link listView}, with a time limit.
 * @param limitMs counts from the beginning of the call
 * @throws CodedError `TIMED_OUT`, or an error of `listView`
 */
async function listPromptly(
  { views, signal, clock, beganMs }: Call,
  scope: ViewScope,
  limitMs: number,
): Promise<Seen> {
  const server = `${scope.type} of ${scope.context.context}`;
  const late = () => new CodedError('TIMED_OUT', { server, seconds: limitMs / 1_000 });
  const leftMs = Math.max(0, beganMs + limitMs - clock.now());
  using limit = deadline(signal, leftMs, late, clock);
  return await listView(views, scope, limit.signal);
}

/**
 * Opens a view, waits until the host has listed all objects of the view or reports an error, and closes the view.
 * @throws CodedError if nothing could be listed
 */
async function listView(views: ViewSubscriptions, scope: ViewScope, signal: AbortSignal): Promise<Seen> {
  const key = `${KEY} ${randomUUID()}`;
  views.open(key, scope);
  try {
    const isSettled = () => {
      const { isLoaded = false, error } = views.snapshot(key) ?? {};
      return isLoaded || error !== undefined;
    };
    await until(views.onDidChange, isSettled, signal);
    const { rows = [], matching = 0, isLoaded = false, error } = views.snapshot(key) ?? {};
    if (error !== undefined && !isLoaded && rows.length === 0) throw fromErrorInfo(error);
    return { rows, omitted: matching - rows.length, problems: error === undefined ? [] : [error] };
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
