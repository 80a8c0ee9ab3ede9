import type { PluginTerms } from './clustersContract.ts';

/**
 * Adds the workspaces and the allowed plugin or token file of another client to a context, or to parameters that have
 * the same field `plugins`. Keeps the workspaces of earlier clients: without them, the plugins in the kubeconfigs of
 * these workspaces would run without permission. Also keeps what was allowed earlier, unless the other client allows
 * something else.
 */
export function withPlugins<T extends { readonly plugins?: PluginTerms }>(
  value: T,
  plugins: PluginTerms | undefined,
): T {
  const before = value.plugins;
  if (plugins === undefined) return value;
  const folders = [...new Set([...(before?.folders ?? []), ...plugins.folders])];
  const named = [...new Set([...(before?.named ?? []), ...plugins.named])];
  return { ...value, plugins: { ...before, ...plugins, folders, named } };
}
