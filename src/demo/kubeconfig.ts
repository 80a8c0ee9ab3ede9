import type { DemoUser } from './users.ts';

/** The default namespace in every context of the kubeconfig. */
const NAMESPACE = 'demo';
const CLUSTER = 'demo';

/**
 * Renders a kubeconfig with one context for each user. The name of a context is the name of its user. The first context
 * is the current context. The text contains credentials.
 */
export function renderKubeconfig(
  server: URL,
  certificateAuthority: string,
  users: readonly DemoUser[],
): string {
  const lines = [
    'apiVersion: v1',
    'kind: Config',
    'preferences: {}',
    `current-context: ${users[0]?.name ?? ''}`,
    'clusters:',
    `- name: ${CLUSTER}`,
    '  cluster:',
    `    server: ${server.href.replace(/\/$/, '')}`,
    `    certificate-authority-data: ${base64(certificateAuthority)}`,
    'contexts:',
    ...users.flatMap(({ name }) => [
      `- name: ${name}`,
      '  context:',
      `    cluster: ${CLUSTER}`,
      `    namespace: ${NAMESPACE}`,
      `    user: ${name}`,
    ]),
    'users:',
    ...users.flatMap((user) => [`- name: ${user.name}`, '  user:', ...credentialLines(user)]),
  ];
  return `${lines.join('\n')}\n`;
}

function credentialLines({ credential }: DemoUser): readonly string[] {
  if (credential.type === 'token') return [`    token: ${credential.token}`];
  return [
    `    client-certificate-data: ${base64(credential.keyPair.certificate)}`,
    `    client-key-data: ${base64(credential.keyPair.key)}`,
  ];
}

function base64(text: string): string {
  return Buffer.from(text).toString('base64');
}
