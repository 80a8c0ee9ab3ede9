import type { ContextRow, PodRow, TargetReference } from '../../src/rpc/clustersContract.ts';
import type { ForwardSnapshot, ForwardSpecification } from '../../src/rpc/forwardsContract.ts';
import type { GatewaySnapshot } from '../../src/rpc/gatewayContract.ts';
import { readyForward, readyGateway } from './fakeHost.ts';

export function contextRow(context: string, changes: Partial<ContextRow> = {}): ContextRow {
  return {
    kubeconfig: '/home/user/.kube/config',
    context,
    cluster: 'cluster',
    user: 'user',
    namespace: 'default',
    isCurrent: false,
    server: 'https://127.0.0.1:6443',
    ...changes,
  };
}

export function podRow(name: string, changes: Partial<PodRow> = {}): PodRow {
  return {
    type: 'pod',
    name,
    status: 'Running',
    phase: 'Running',
    isReady: true,
    readyContainers: 1,
    containers: 1,
    restarts: 0,
    node: 'node-1',
    ip: '10.0.0.1',
    createdAt: '2026-01-01T00:00:00Z',
    containerNames: ['web'],
    ports: [{ name: 'http', number: 80, protocol: 'TCP', container: 'web' }],
    ...changes,
  };
}

export function target(name: string, changes: Partial<TargetReference> = {}): TargetReference {
  return {
    context: { kubeconfig: '/home/user/.kube/config', context: 'dev' },
    namespace: 'demo',
    kind: 'pod',
    name,
    ...changes,
  };
}

export function specification(
  name: string,
  changes: Partial<ForwardSpecification> = {},
): ForwardSpecification {
  return {
    target: target(name),
    remotePort: 80,
    localPort: { mode: 'preferred', port: 8080 },
    address: 'localhost',
    ...changes,
  };
}

/** Returns the error of an API server that does not permit the user to do something. @param verb such as `list` */
export function forbidden(verb: string, resource: string, namespace = 'demo') {
  const rule = `verbs: ["${verb}"], resources: ["${resource}"]`;
  const args = { user: 'me', verb, resource, namespace, reason: 'no role allows it', rule };
  return { code: 'FORBIDDEN', arguments: args } as const;
}

/** Returns a ready forward. The target is `pod/NAME`, unless `wanted` has another target. */
export function forward(
  name: string,
  changes: Partial<ForwardSnapshot> = {},
  wanted: Partial<ForwardSpecification> = {},
): ForwardSnapshot {
  return { ...readyForward(specification(name, wanted), name), ...changes };
}

/** Returns a ready gateway to namespaces of the context `dev`. */
export function gateway(
  namespaces: readonly string[],
  changes: Partial<GatewaySnapshot> = {},
): GatewaySnapshot {
  const { context } = target('web');
  return {
    ...readyGateway({ context, namespaces, localPort: { mode: 'preferred', port: 8900 } }, 'gateway-1'),
    ...changes,
  };
}
