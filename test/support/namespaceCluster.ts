import type { Cluster } from '../../src/kube/cluster/cluster.ts';

/**
 * Returns a cluster that never changes. Every namespace has a service `web`. If `hasPods` is true, the service has one
 * ready pod, otherwise none. List requests for the namespace `unlisted` never get a response.
 */
export function namespaceCluster({ hasPods }: { readonly hasPods: boolean }): Cluster {
  return {
    server: 'https://fake.example',
    listPage: (resource: string, { namespace = '' }: { readonly namespace?: string }) => {
      if (namespace === 'unlisted') return new Promise(() => {});
      const metadata = { name: 'web', namespace, uid: `${namespace}/${resource}`, labels: { app: 'web' } };
      const service = { metadata, spec: { ports: [{ port: 80, name: 'http' }], selector: { app: 'web' } } };
      const status = { phase: 'Running', podIP: '10.0.0.7', conditions: [{ type: 'Ready', status: 'True' }] };
      const pod = { metadata, spec: { containers: [{ name: 'web' }] }, status };
      const items = resource === 'services' ? [service] : hasPods ? [pod] : [];
      return Promise.resolve({ items, resourceVersion: '1', sizes: items.map(() => 0), unusable: 0 });
    },
    async *watch(_resource: string, _query: object, signal: AbortSignal): AsyncGenerator<never> {
      await new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
    },
  } as unknown as Cluster;
}
