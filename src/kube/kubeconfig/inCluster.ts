import { isIPv6 } from 'node:net';
import { join } from 'node:path';
import { readBoundedText } from '../../base/boundedFile.ts';
import { exists } from '../../base/exists.ts';
import type { KubeconfigFile, KubeconfigSource } from './kubeconfigFile.ts';

/** The folder where Kubernetes mounts the service account of a pod. */
const SERVICE_ACCOUNT_DIRECTORY = '/var/run/secrets/kubernetes.io/serviceaccount';

const NAME = 'in-cluster';

/**
 * Returns a kubeconfig with the service account of the pod in which this program runs. Returns undefined if this
 * program does not run in a pod.
 */
export async function inClusterKubeconfig(
  environment: Readonly<Record<string, string | undefined>>,
  directory: string = SERVICE_ACCOUNT_DIRECTORY,
): Promise<KubeconfigFile | undefined> {
  const { KUBERNETES_SERVICE_HOST: host, KUBERNETES_SERVICE_PORT: port } = environment;
  const tokenFile = join(directory, 'token');
  if (!host || !port || !(await exists(tokenFile))) return undefined;
  const certificateAuthority = join(directory, 'ca.crt');
  const namespace = await readTrimmed(join(directory, 'namespace'));
  const source: KubeconfigSource = { path: directory, line: 1 };
  return {
    clusters: [
      {
        name: NAME,
        source,
        server: `https://${isIPv6(host) ? `[${host}]` : host}:${port}`,
        ...((await exists(certificateAuthority)) && { certificateAuthority }),
      },
    ],
    users: [{ name: NAME, source, tokenFile }],
    contexts: [{ name: NAME, source, cluster: NAME, user: NAME, ...(namespace && { namespace }) }],
    currentContext: NAME,
    problems: [],
  };
}

async function readTrimmed(path: string): Promise<string | undefined> {
  return await readBoundedText(path).then(
    (text) => text.trim(),
    () => undefined,
  );
}
