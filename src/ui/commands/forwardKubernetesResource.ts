import * as vscode from 'vscode';
import { readTarget } from '../../kinds/target.ts';
import { listPorts, type TargetReference } from '../../rpc/contract.ts';
import type { CommandServices } from './commandServices.ts';
import { forwardPort } from './forwardPort.ts';

const KUBERNETES_EXTENSION = 'ms-kubernetes-tools.vscode-kubernetes-tools';

/** The part of the Kubernetes extension's API that reads the nodes of its tree. */
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

/** Forward Port... on a pod, service or workload of the Kubernetes extension's tree, which shows the current context. */
export async function forwardKubernetesResource(services: CommandServices, argument: unknown): Promise<void> {
  const named = await resolve(argument);
  await services.contexts.load();
  const context = services.contexts.contexts.find((row) => row.isCurrent);
  if (named === undefined || context === undefined) return forwardPort(services);
  const target: TargetReference = {
    context: { kubeconfig: context.kubeconfig, context: context.context },
    namespace: named.namespace ?? context.namespace,
    kind: named.kind,
    name: named.name,
  };
  await services.starter.forward(target, await services.session.request(listPorts, target));
}

async function resolve(
  argument: unknown,
): Promise<(Pick<TargetReference, 'kind' | 'name'> & { readonly namespace: string | null }) | undefined> {
  const extension = vscode.extensions.getExtension<KubernetesApi>(KUBERNETES_EXTENSION);
  const explorer = (await extension?.activate())?.get('clusterexplorer', 'v1').api;
  const node = explorer?.resolveCommandTarget(argument);
  if (node?.nodeType !== 'resource') return undefined;
  const target = readTarget(`${node.resourceKind?.manifestKind}/${node.name}`);
  return target === undefined ? undefined : { ...target, namespace: node.namespace ?? null };
}
