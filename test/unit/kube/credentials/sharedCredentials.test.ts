import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SharedCredentials } from '../../../../src/kube/credentials/sharedCredentials.ts';
import { parseKubeconfig } from '../../../../src/kube/kubeconfig/kubeconfigFile.ts';

const { users } = parseKubeconfig(
  `
users:
- {name: plugin, user: {exec: {apiVersion: client.authentication.k8s.io/v1beta1, command: aws}}}
- {name: token, user: {token: abc}}
`,
  '/k',
);
const [plugin, token] = users;
const clusterAt = (server: string) => ({ server, url: new URL(server) });
const cluster = clusterAt('https://k.example');
const options = { environment: { AWS_PROFILE: 'dev' }, homeFolder: '/home/me' };

test('the same user, cluster and environment share a source', () => {
  const { credentialsFor } = new SharedCredentials();
  const first = credentialsFor(plugin, cluster, options);
  assert.equal(credentialsFor(structuredClone(plugin), { ...cluster }, structuredClone(options)), first);
  const other = { ...options, environment: { AWS_PROFILE: 'prod' } };
  assert.notEqual(credentialsFor(plugin, cluster, other), first);
  assert.notEqual(credentialsFor(plugin, clusterAt('https://other.example'), options), first);
  assert.notEqual(credentialsFor(token, cluster, options), first);
});

test('users without a plugin share a source in any environment', () => {
  const { credentialsFor } = new SharedCredentials();
  const first = credentialsFor(token, cluster, options);
  assert.equal(credentialsFor(token, cluster, { ...options, environment: {} }), first);
});

test('a source in use stays the same however many others are requested', () => {
  const { credentialsFor } = new SharedCredentials();
  const first = credentialsFor(token, cluster, options);
  for (let i = 0; i < 500; i++) credentialsFor(token, clusterAt(`https://${i}.example`), options);
  assert.equal(credentialsFor(token, cluster, options), first);
});

test('another line of a user or cluster in its file does not change the source', () => {
  const { credentialsFor } = new SharedCredentials();
  const atLine = (line: number) => ({ source: { path: '/k', line } });
  const [first, second] = [1, 2].map((line) => {
    const moved = { ...cluster, ...atLine(line) };
    return credentialsFor(plugin && { ...plugin, ...atLine(line) }, moved, options);
  });
  assert.equal(first, second);
});
