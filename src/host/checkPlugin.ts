import { realpath } from 'node:fs/promises';
import { CodedError } from '../base/errors.ts';
import { contextIdentity } from '../kube/kubeconfig/contextIdentity.ts';
import type { Kubeconfig } from '../kube/kubeconfig/kubeconfig.ts';
import type { ContextReference } from '../rpc/contract.ts';
import { isWithin } from '../rpc/workspacePlaces.ts';

/**
 * Checks against the current kubeconfig that the context's exec plugin may run. If a workspace chose the kubeconfig, the plugin
 * must be the one that the client has allowed.
 * @throws CodedError `PLUGIN_NOT_ALLOWED`
 */
export async function checkPlugin(
  kubeconfig: Kubeconfig,
  { kubeconfig: path, context: name, plugins }: ContextReference,
): Promise<void> {
  const context = kubeconfig.contexts.find((candidate) => candidate.name === name);
  if (plugins === undefined || context === undefined) return;
  const { plugin, files, identity } = contextIdentity(kubeconfig, context);
  if (plugin === undefined || identity === plugins.allowed) return;
  const named = [path, ...files].filter((file) => file !== '');
  const targets = await Promise.all(named.map((file) => realpath(file).catch(() => file)));
  if (!isWithin([...named, ...targets], plugins)) return;
  throw new CodedError('PLUGIN_NOT_ALLOWED', { context: name, command: plugin });
}
