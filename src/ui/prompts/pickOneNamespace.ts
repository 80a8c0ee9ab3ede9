import { type ContextReference, type ContextRow, isSameContext } from '../../rpc/clustersContract.ts';
import { type PickSources, pickContext, pickNamespace, referenceOf } from './pickTarget.ts';

/** A namespace of a context. */
export interface NamespaceReference {
  readonly context: ContextReference;
  readonly namespace: string;
}

/**
 * Asks for a context, and then for a namespace in the context. Does not ask for the context if there is only one.
 * @param last the context and namespace to preselect; optional, default: the current context and its namespace
 * @param from a context that the user has already chosen. If set, asks for a namespace of this context first, and asks
 *   for a context only if the user presses Back. Callers set this parameter when the user returns from a later step.
 *   Optional, default none
 * @returns undefined if the user cancels
 */
export async function pickOneNamespace(
  sources: PickSources,
  title: string,
  last?: NamespaceReference,
  from?: ContextReference,
): Promise<NamespaceReference | undefined> {
  const { contexts } = sources.contexts;
  const [first] = contexts;
  const only = contexts.length === 1 ? first : undefined;
  let context: ContextRow | undefined = only ?? (from && sources.contexts.find(from));
  for (;;) {
    if (context === undefined) {
      const answer = await pickContext(contexts, last?.context, title);
      if (answer.type !== 'picked') return undefined;
      context = answer.value;
    }
    const lastNamespace = last && isSameContext(last.context, context) ? last.namespace : undefined;
    const options = { title, canGoBack: only === undefined };
    const namespace = await pickNamespace(sources, context, lastNamespace, options);
    if (namespace.type === 'picked') return { context: referenceOf(context), namespace: namespace.value };
    if (namespace.type === 'cancelled') return undefined;
    context = undefined;
  }
}
