import { writeFileSync } from 'node:fs';
import { dump, load } from 'js-yaml';

interface Named {
  name: string;
}

/** The fields of a kubeconfig that tests change. */
export interface Kubeconfig {
  'current-context': string;
  clusters: (Named & { cluster: Record<string, unknown> })[];
  contexts: (Named & { context: { cluster: string; user: string; namespace?: string } })[];
  users: (Named & { user: Record<string, unknown> })[];
}

export function parseKubeconfig(text: string): Kubeconfig {
  return load(text) as Kubeconfig;
}

export function writeKubeconfig(path: string, kubeconfig: Kubeconfig): void {
  writeFileSync(path, dump(kubeconfig), { mode: 0o600 });
}

/**
 * Adds a context and its user. If `server` is given, also adds a cluster with this address; otherwise, the context uses
 * the first cluster of the kubeconfig.
 */
export function addContext(
  kubeconfig: Kubeconfig,
  name: string,
  parts: { readonly user: Record<string, unknown>; readonly userName?: string; readonly server?: string },
): void {
  const userName = parts.userName ?? name;
  const [first] = kubeconfig.clusters;
  const cluster = parts.server === undefined ? (first?.name ?? '') : name;
  if (parts.server !== undefined) {
    kubeconfig.clusters.push({ name, cluster: { ...first?.cluster, server: parts.server } });
  }
  kubeconfig.users.push({ name: userName, user: parts.user });
  kubeconfig.contexts.push({ name, context: { cluster, user: userName, namespace: 'demo' } });
}
