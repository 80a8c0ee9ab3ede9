import { join } from 'node:path';
import { hostAndPort } from '../../base/address.ts';
import { readBoundedText } from '../../base/boundedFile.ts';
import type { EnvironmentVariables } from '../../base/environment.ts';
import { exists } from '../../base/exists.ts';
import type { KubeconfigFile, KubeconfigSource } from './kubeconfigFile.ts';

/** The folder where Kubernetes mounts the service account of a pod. */
const SERVICE_ACCOUNT_DIRECTORY = '/var/run/secrets/kubernetes.io/serviceaccount';

/**
 * The name of the context, the cluster and the user that {@link inClusterKubeconfig} defines for the service account.
 */
export const IN_CLUSTER = 'in-cluster';

/**
 * Returns a kubeconfig with the service account of the pod in which this program runs. Returns undefined if this
 * program does not run in a pod.
 */
export async function inClusterKubeconfig(
  environment: EnvironmentVariables,
  directory: string = SERVICE_ACCOUNT_DIRECTORY,
): Promise<KubeconfigFile | undefined> {
  const { KUBERNETES_SERVICE_HOST: host = '', KUBERNETES_SERVICE_PORT: port = '' } = environment;
  if (!(await isInPod(environment, directory))) return undefined;
  const certificateAuthority = join(directory, 'ca.crt');
  const source: KubeconfigSource = { path: directory, line: 1 };
  return {
    clusters: [
      {
        name: IN_CLUSTER,
        source,
        server: `https://${hostAndPort(host, port)}`,
        ...((await exists(certificateAuthority)) && { certificateAuthority }),
      },
    ],
    users: [{ name: IN_CLUSTER, source, tokenFile: join(directory, 'token') }],
    contexts: [{ name: IN_CLUSTER, source, cluster: IN_CLUSTER, user: IN_CLUSTER }],
    currentContext: IN_CLUSTER,
    problems: [],
  };
}

/**
 * Returns the namespace for contexts that specify none. In a pod, this is `POD_NAMESPACE`, else the namespace of the
 * service account, as in kubectl. If this program does not run in a pod, it is `default`.
 */
export async function defaultNamespace(
  environment: EnvironmentVariables,
  directory: string = SERVICE_ACCOUNT_DIRECTORY,
): Promise<string> {
  if (!(await isInPod(environment, directory))) return 'default';
  const own = () => readBoundedText(join(directory, 'namespace')).catch(() => '');
  return environment['POD_NAMESPACE'] || (await own()).trim() || 'default';
}

async function isInPod(
  { KUBERNETES_SERVICE_HOST: host, KUBERNETES_SERVICE_PORT: port }: EnvironmentVariables,
  directory: string,
): Promise<boolean> {
  return Boolean(host && port) && (await exists(join(directory, 'token')));
}
