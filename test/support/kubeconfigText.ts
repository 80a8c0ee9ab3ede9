import type { DemoCluster } from '../../src/demo/entry.ts';

/** Returns a kubeconfig in JSON with one context, one cluster and one user. All of them have the same name. */
export function kubeconfigText(cluster: object, user: object = {}, name = 'test'): string {
  return JSON.stringify({
    'current-context': name,
    contexts: [{ name, context: { cluster: name, user: name, namespace: 'demo' } }],
    clusters: [{ name, cluster }],
    users: [{ name, user }],
  });
}

/** Returns a demo cluster as an entry of a kubeconfig. */
export function clusterEntry({
  server,
  certificateAuthority,
}: Pick<DemoCluster, 'server' | 'certificateAuthority'>): object {
  const data = Buffer.from(certificateAuthority).toString('base64');
  return { server: server.href, 'certificate-authority-data': data };
}
