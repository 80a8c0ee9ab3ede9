import { delimiter } from 'node:path';
import * as vscode from 'vscode';
import { defaultKubeconfigs } from '../../base/kubectlHome.ts';
import { readTarget } from '../../kinds/target.ts';
import type { ContextRow, TargetReference } from '../../rpc/clustersContract.ts';

const KUBERNETES_EXTENSION = 'ms-kubernetes-tools.vscode-kubernetes-tools';

/**
 * The part of the Kubernetes extension's API that this file uses. The component `clusterexplorer` tells which object of
 * the cluster a row in that extension's tree shows. The component `configuration` tells which kubeconfig the tree
 * shows. `api` is missing if the installed version of that extension does not have the component.
 */
interface KubernetesApi {
  get<Component extends keyof KubernetesComponents>(
    component: Component,
    version: 'v1',
  ): { readonly available: boolean; readonly api?: KubernetesComponents[Component] };
}

interface KubernetesComponents {
  readonly clusterexplorer: { resolveCommandTarget(node: unknown): ExplorerNode | undefined };
  readonly configuration: { getKubeconfigPath(): KubeconfigPath };
}

/**
 * The kubeconfig that the Kubernetes extension's tree shows. `hostPath` can be a list of several paths, in the format
 * of the environment variable `KUBECONFIG`.
 */
type KubeconfigPath =
  | { readonly pathType: 'host'; readonly hostPath: string }
  | { readonly pathType: 'wsl'; readonly wslPath: string };

interface ExplorerNode {
  readonly nodeType: string;
  readonly name?: string;
  readonly namespace?: string | null;
  readonly resourceKind?: { readonly manifestKind: string };
}

/**
 * Returns the object that a row in the Kubernetes extension's tree shows. Undefined if a forward to this object is not
 * possible.
 */
export async function resolveKubernetesNode(
  argument: unknown,
): Promise<(Pick<TargetReference, 'kind' | 'name'> & { readonly namespace: string | null }) | undefined> {
  const kubernetes = await kubernetesApi();
  const node = kubernetes?.get('clusterexplorer', 'v1').api?.resolveCommandTarget(argument);
  if (node?.nodeType !== 'resource') return undefined;
  const target = readTarget(`${node.resourceKind?.manifestKind}/${node.name}`);
  return target === undefined ? undefined : { ...target, namespace: node.namespace ?? null };
}

/**
 * Returns the contexts in `contexts` that the Kubernetes extension's tree may show. If the tree shows the default
 * kubeconfig, returns only the current context. If the tree shows another kubeconfig, returns all contexts of this
 * kubeconfig, because the API does not tell which of them is the current one. Empty if none of the contexts is from the
 * kubeconfig that the tree shows.
 */
export async function contextsOfKubernetesTree(
  contexts: readonly ContextRow[],
): Promise<readonly ContextRow[]> {
  const shown = (await kubernetesApi())?.get('configuration', 'v1').api?.getKubeconfigPath();
  if (shown?.pathType === 'wsl') return [];
  const files = shown?.hostPath.split(delimiter).filter((path) => path !== '');
  if (files === undefined || files.join(delimiter) === defaultKubeconfigs(process.env).join(delimiter)) {
    return contexts.filter(({ isCurrent }) => isCurrent);
  }
  return contexts.filter((row) =>
    [row.kubeconfig, ...(row.files ?? [])].some((path) => files.includes(path)),
  );
}

async function kubernetesApi(): Promise<KubernetesApi | undefined> {
  return await vscode.extensions.getExtension<KubernetesApi>(KUBERNETES_EXTENSION)?.activate();
}
