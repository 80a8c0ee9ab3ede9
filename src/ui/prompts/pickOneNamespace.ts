import type { ContextReference, ContextRow } from '../../rpc/contract.ts';
import { type PickSources, pickContext, pickNamespace, referenceOf } from './pickTarget.ts';

/** A namespace of a context. */
export interface NamespaceReference {
  readonly context: ContextReference;
  readonly namespace: string;
}

/**
 * Asks for a context and for a namespace in it. Skips the context if there is only one.
 * @returns undefined if the user cancels, or no context is known
 */
export async function pickOneNamespace(
  sources: PickSources,
  title: string,
): Promise<NamespaceReference | undefined> {
  const { contexts } = sources.contexts;
  const [first] = contexts;
  const only = contexts.length === 1 ? first : undefined;
  for (;;) {
    const context: ContextRow | undefined = only ?? (await askContext(contexts, title));
    if (context === undefined) return undefined;
    const options = { title, canGoBack: only === undefined };
    const namespace = await pickNamespace(sources, context, undefined, options);
    if (namespace.type === 'picked') return { context: referenceOf(context), namespace: namespace.value };
    if (namespace.type === 'cancelled') return undefined;
  }
}

async function askContext(contexts: readonly ContextRow[], title: string): Promise<ContextRow | undefined> {
  const answer = await pickContext(contexts, undefined, title);
  return answer.type === 'picked' ? answer.value : undefined;
}
