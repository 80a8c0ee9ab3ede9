import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { writeProgram } from '../../../support/writeProgram.ts';
import type { Case } from './case.ts';

/**
 * Returns a case with a kubeconfig as a cloud provider's command line writes it. The test replaces `{home}` in
 * `kubeconfig` with the folder that {@link writeHome} fills.
 */
function provided(name: string, kubeconfig: string): Case {
  const kubectl = 'localhost:* -> 80';
  return { name, input: 'web :80 -n demo', kubectl, here: kubectl, kubeconfig };
}

interface Names {
  readonly cluster: string;
  readonly user?: string;
  readonly context?: string;
}

const AUTHORITY = 'certificate-authority-data: {ca}';

/** Returns a kubeconfig in the usual form, with the keys in alphabetical order. `fields` is the YAML of the user. */
function file(
  { cluster, user = cluster, context = cluster }: Names,
  fields: string,
  clusterFields = `    ${AUTHORITY}\n`,
): string {
  return `apiVersion: v1
clusters:
- cluster:
${clusterFields}    server: {server}
  name: ${cluster}
contexts:
- context:
    cluster: ${cluster}
    user: ${user}
  name: ${context}
current-context: ${context}
kind: Config
preferences: {}
users:
- name: ${user}
  user:
${fields}`;
}

const EKS = 'arn:aws:eks:eu-west-1:111122223333:cluster/shop';
const GKE = 'gke_shop-123456_europe-west1-b_shop';

const eks = (args: string) => `    exec:
      apiVersion: client.authentication.k8s.io/v1beta1
      args:
      - --region
      - eu-west-1
      - eks
      - get-token
      - --cluster-name
      - shop
${args}      command: aws
`;

const CERTIFICATE = '    client-certificate-data: {clientCertificate}\n    client-key-data: {clientKey}\n';

export const PROVIDERS: readonly Case[] = [
  provided('EKS, aws eks update-kubeconfig', file({ cluster: EKS }, eks('      - --output\n      - json\n'))),
  provided(
    'EKS, an older aws with AWS_DEFAULT_OUTPUT=yaml',
    file({ cluster: EKS }, `${eks('')}      env:\n      - name: AWS_DEFAULT_OUTPUT\n        value: yaml\n`),
  ),
  provided(
    'EKS, eksctl',
    file(
      {
        cluster: 'shop.eu-west-1.eksctl.io',
        user: 'me@shop.eu-west-1.eksctl.io',
        context: 'me@shop.eu-west-1.eksctl.io',
      },
      `${eks('')}      env:
      - name: AWS_STS_REGIONAL_ENDPOINTS
        value: regional
      interactiveMode: IfAvailable
      provideClusterInfo: false
`,
    ),
  ),
  provided(
    'GKE, gcloud container clusters get-credentials',
    file(
      { cluster: GKE },
      `    exec:
      apiVersion: client.authentication.k8s.io/v1beta1
      command: gke-gcloud-auth-plugin
      installHint: Install gke-gcloud-auth-plugin for use with kubectl by following
        https://cloud.google.com/kubernetes-engine/docs/how-to/cluster-access-for-kubectl#install_plugin
      provideClusterInfo: true
`,
    ),
  ),
  provided(
    'AKS, kubelogin convert-kubeconfig',
    file(
      { cluster: 'shop', user: 'clusterUser_shop_shop' },
      `    exec:
      apiVersion: client.authentication.k8s.io/v1beta1
      args:
      - get-token
      - --environment
      - AzurePublicCloud
      - --server-id
      - 00000000-0000-0000-0000-000000000001
      - --login
      - azurecli
      command: kubelogin
      env: null
      installHint: |2

        kubelogin is not installed which is required to connect to AAD enabled cluster.

        To learn more, please go to https://aka.ms/aks/kubelogin
      interactiveMode: IfAvailable
      provideClusterInfo: false
`,
    ),
  ),
  provided(
    'AKS, az aks get-credentials --admin',
    file(
      { cluster: 'shop', user: 'clusterAdmin_shop_shop', context: 'shop-admin' },
      `${CERTIFICATE}    token: {token}\n`,
    ),
  ),
  provided('kind', file({ cluster: 'kind-kind' }, CERTIFICATE)),
  provided(
    'minikube',
    file(
      { cluster: 'minikube' },
      '    client-certificate: {home}/client.crt\n    client-key: {home}/client.key\n',
      `    certificate-authority: {home}/ca.crt
    extensions:
    - extension:
        last-update: Sat, 28 Nov 2026 10:00:00 UTC
        provider: minikube.sigs.k8s.io
        version: v1.37.0
      name: cluster_info
`,
    ).replace('    user: minikube\n', () => {
      const extension =
        '      last-update: Sat, 28 Nov 2026 10:00:00 UTC\n        provider: minikube.sigs.k8s.io\n';
      return `    extensions:\n    - extension:\n  ${extension}      name: context_info\n    namespace: default\n    user: minikube\n`;
    }),
  ),
  provided('k3s', file({ cluster: 'default' }, CERTIFICATE)),
  provided(
    'OpenShift, oc login',
    file(
      {
        cluster: 'api-shop-example:6443',
        user: 'developer/api-shop-example:6443',
        context: 'shop/api-shop-example:6443/developer',
      },
      '    token: {token}\n',
      '    insecure-skip-tls-verify: true\n',
    ),
  ),
];

interface Home {
  readonly path: string;
  readonly token: string;
  /** The certificate authority of the cluster. This text and the next two are in PEM. */
  readonly certificateAuthority: string;
  readonly clientCertificate: string;
  readonly clientKey: string;
}

/**
 * Writes the files to which the kubeconfigs refer: certificates, and in `bin` replacements of the providers' programs.
 * The replacements print what the real programs print.
 */
export async function writeHome({
  path,
  token,
  certificateAuthority,
  clientCertificate,
  clientKey,
}: Home): Promise<void> {
  const bin = join(path, 'bin');
  await mkdir(bin, { recursive: true });
  const until = '2099-11-28T22:13:38Z';
  const version = 'client.authentication.k8s.io/v1beta1';
  const answer = (more: object) => ({ kind: 'ExecCredential', apiVersion: version, ...more });
  const status = { expirationTimestamp: until, token };
  const yaml = `apiVersion: ${version}
kind: ExecCredential
spec: {}
status:
  expirationTimestamp: '${until}'
  token: ${token}`;
  const programs: Readonly<Record<string, string>> = {
    aws: `
      const words = process.argv.slice(2).join(' ');
      const output = /--output json/.test(words) ? 'json' : (process.env.AWS_DEFAULT_OUTPUT || 'json');
      const answers = { json: ${printed(JSON.stringify(answer({ spec: {}, status }), undefined, 4))}, yaml: ${printed(yaml)} };
      if (/eks get-token/.test(words) && output in answers) console.log(answers[output]);
      else fail('usage: aws eks get-token', 252);
    `,
    'gke-gcloud-auth-plugin': `
      if (!process.env.KUBERNETES_EXEC_INFO?.includes('"cluster":{"server":')) fail('no cluster info', 1);
      console.log(${printed(JSON.stringify(answer({ metadata: { creationTimestamp: null }, spec: { interactive: false }, status }), undefined, 4))});
    `,
    kubelogin: `
      if (process.argv[2] !== 'get-token') fail('usage: kubelogin get-token', 1);
      process.stdout.write(${printed(JSON.stringify(answer({ spec: { interactive: false }, status })))});
    `,
  };
  await Promise.all([
    writeFile(join(path, 'ca.crt'), certificateAuthority),
    writeFile(join(path, 'glued.crt'), clientKey.trim() + certificateAuthority),
    writeFile(join(path, 'client.crt'), clientCertificate),
    writeFile(join(path, 'client.key'), clientKey),
  ]);
  for (const [name, source] of Object.entries(programs)) writeProgram(bin, name, FAIL + source);
}

/** JavaScript that every replacement contains. The replacement calls `fail` if it was called with wrong arguments. */
const FAIL = 'function fail(text, status) { console.error(text); process.exit(status); }';

/** Returns a text as a literal of JavaScript. */
const printed = (text: string): string => JSON.stringify(text);
