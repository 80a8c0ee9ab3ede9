import * as vscode from 'vscode';
import { readTarget } from '../../kinds/target.ts';
import type { TargetReference } from '../../rpc/contract.ts';

const KUBERNETES_EXTENSION = 'ms-kubernetes-tools.vscode-kubernetes-tools';

/**
 * The part of the Kubernetes extension's API that this file uses. The API tells which object of the cluster a row in
 * that extension's tree shows.
 */
interface KubernetesApi {
  get(
    component: 'clusterexplorer',
    version: 'v1',
  ): {
    readonly available: boolean;
    readonly api?: { resolveCommandTarget(node: unknown): ExplorerNode | undefined };
  };
}

interface ExplorerNode {
  readonly nodeType: string;
  readonly name?: string;
  readonly namespace?: string | null;
  readonly resourceKind?: { readonly manifestKind: string };
}

/** Returns the object of a row in the Kubernetes extension's tree. Undefined if the row cannot be forwarded. */
export async function resolveKubernetesNode(
  argument: unknown,
): Promise<(Pick<TargetReference, 'kind' | 'name'> & { readonly namespace: string | null }) | undefined> {
  const extension = vscode.extensions.getExtension<KubernetesApi>(KUBERNETES_EXTENSION);
  const explorer = (await extension?.activate())?.get('clusterexplorer', 'v1').api;
  const node = explorer?.resolveCommandTarget(argument);
  if (node?.nodeType !== 'resource') return undefined;
  const target = readTarget(`${node.resourceKind?.manifestKind}/${node.name}`);
  return target === undefined ? undefined : { ...target, namespace: node.namespace ?? null };
}
