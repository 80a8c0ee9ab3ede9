import assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { test } from 'node:test';
import { loadKubeconfig, summarizeContexts } from '../../../../src/kube/kubeconfig/kubeconfig.ts';
import { parseKubeconfig } from '../../../../src/kube/kubeconfig/kubeconfigFile.ts';
import type { RestConfigOverrides } from '../../../../src/kube/kubeconfig/restConfigOverrides.ts';
import { resolveContext } from '../../../../src/kube/kubeconfig/toRestConfig.ts';
import { coded } from '../../../support/coded.ts';
import { columns, fieldOf } from '../../../support/fields.ts';
import { temporaryDirectory } from '../../../support/temporaryDirectory.ts';

const context = (name: string, cluster: string, more = '') =>
  `{name: ${name}, context: {cluster: ${cluster}, user: u ${more}}}`;
const file = (contexts: string, rest = '') =>
  `apiVersion: v1\nkind: Config\ncontexts: [${contexts}]\n${rest}\n`;

test('UTF-8 and UTF-16 with a byte order mark are read, as editors and PowerShell write them', async () => {
  await using directory = await temporaryDirectory();
  const kubeconfigPath = join(directory.path, 'config');
  const littleEndian = Buffer.from(`\ufeff${file(context('köln', 'one'))}`, 'utf16le');
  const texts = [
    Buffer.from(`\ufeff${file(context('köln', 'one'))}`),
    littleEndian,
    Buffer.from(littleEndian).swap16(),
    Buffer.from(file(context('köln', 'one'))),
  ];
  for (const bytes of texts) {
    await writeFile(kubeconfigPath, bytes);
    const options = { kubeconfigPath, environment: {}, homeFolder: directory.path };
    assert.equal((await loadKubeconfig(options)).contexts[0]?.name, 'köln');
  }
  await writeFile(kubeconfigPath, '');
  const empty = await loadKubeconfig({ kubeconfigPath, environment: {}, homeFolder: directory.path });
  assert.deepEqual(empty.contexts, []);
});

test('a file in another encoding is refused with the line of its first byte that is not UTF-8', async () => {
  await using directory = await temporaryDirectory();
  const kubeconfigPath = join(directory.path, 'config');
  const latin = Buffer.from('caf\u00e9', 'latin1');
  // The second line contains U+FFFD itself, which is valid. In the last text, a line break ends a character too early.
  const texts = [
    [1, [latin]],
    [3, [Buffer.from('a: 1\n# \ufffd\nb: '), latin, Buffer.from('\nc: '), latin]],
    [2, [Buffer.from('# \ufffd\n# '), Buffer.from([0xe2, 0x82]), Buffer.from('\na: 1\n')]],
  ] as const;
  for (const [line, parts] of texts) {
    await writeFile(kubeconfigPath, Buffer.concat(parts));
    const options = { kubeconfigPath, environment: {}, homeFolder: directory.path };
    await assert.rejects(loadKubeconfig(options), coded('KUBECONFIG_INVALID', { line }));
  }
});

test('the first of several files to define a name wins with its whole entry, and a missing file is skipped', async () => {
  await using directory = await temporaryDirectory();
  const paths = ['a', 'gone', 'b'].map((name) => join(directory.path, name));
  await writeFile(
    paths[0] ?? '',
    file(
      context('dev', 'one'),
      'clusters: [{name: one, cluster: {server: "https://one"}}]\nusers: [{name: u, user: {token: first}}]',
    ),
  );
  await writeFile(
    paths[2] ?? '',
    file(
      `${context('dev', 'two', ', namespace: shop')}, ${context('prod', 'two')}`,
      'current-context: prod\nusers: [{name: u, user: {token: second, as: jane}}]',
    ),
  );
  const kubeconfig = await loadKubeconfig({
    environment: { KUBECONFIG: ['', ...paths, paths[0]].join(delimiter) },
    homeFolder: directory.path,
  });
  assert.deepEqual(kubeconfig.paths, [paths[0], paths[2]]);
  assert.equal(kubeconfig.currentContext, 'prod');
  assert.deepEqual(columns(kubeconfig.users, 'token', 'as'), [['first', undefined]]);
  assert.deepEqual(summarizeContexts(kubeconfig), [
    {
      name: 'dev',
      cluster: 'one',
      user: 'u',
      namespace: 'default',
      isCurrent: false,
      server: 'https://one',
      source: { path: paths[0], line: 3 },
    },
    {
      name: 'prod',
      cluster: 'two',
      user: 'u',
      namespace: 'default',
      isCurrent: true,
      server: '',
      source: { path: paths[2], line: 3 },
    },
  ]);
});

test('a context with an empty name is listed as the current one only if the kubeconfig names no other', async () => {
  await using directory = await temporaryDirectory();
  const kubeconfigPath = join(directory.path, 'config');
  const current = async (rest = '') => {
    await writeFile(kubeconfigPath, file(`${context('""', 'one')}, ${context('dev', 'one')}`, rest));
    const options = { kubeconfigPath, environment: {}, homeFolder: directory.path };
    const summaries = summarizeContexts(await loadKubeconfig(options));
    return summaries.filter(({ isCurrent }) => isCurrent).map(({ name }) => name);
  };
  assert.deepEqual(await current(), ['']);
  assert.deepEqual(await current('current-context: dev'), ['dev']);
});

test('--kubeconfig wins over KUBECONFIG, and KUBECONFIG over the home folder', async () => {
  await using directory = await temporaryDirectory();
  await mkdir(join(directory.path, '.kube'));
  const [home, listed, flag] = ['.kube/config', 'listed', 'flag'].map((name) => join(directory.path, name));
  for (const [name, path = ''] of Object.entries({ home, listed, flag })) {
    await writeFile(path, file(context(name, 'c')));
  }
  const load = async (environment: Record<string, string>, kubeconfigPath?: string) => {
    const options = { environment, homeFolder: directory.path };
    const loaded = await loadKubeconfig({ ...options, ...(kubeconfigPath && { kubeconfigPath }) });
    return loaded.contexts[0]?.name;
  };
  assert.equal(await load({ KUBECONFIG: listed ?? '' }, flag), 'flag');
  assert.equal(await load({ KUBECONFIG: listed ?? '' }), 'listed');
  assert.equal(await load({ KUBECONFIG: '' }), 'home');
});

test('paths are relative to their file, except a plugin that is looked up in the path', () => {
  const { clusters, users } = parseKubeconfig(
    `
clusters:
- name: c
  cluster: {server: https://c, certificate-authority: certs/ca.crt}
users:
- name: files
  user: {client-certificate: u.crt, client-key: /abs/u.key, tokenFile: token}
- name: relative
  user: {exec: {apiVersion: client.authentication.k8s.io/v1, command: ./bin/login, args: [a, "5"], env: [{name: A, value: b}], interactiveMode: IfAvailable}}
- name: bare
  user: {exec: {apiVersion: client.authentication.k8s.io/v1beta1, command: aws, interactiveMode: Never}}
`,
    '/home/me/.kube/config',
  );
  assert.equal(clusters[0]?.certificateAuthority, '/home/me/.kube/certs/ca.crt');
  assert.equal(users[0]?.clientCertificate, '/home/me/.kube/u.crt');
  assert.equal(users[0]?.clientKey, '/abs/u.key');
  assert.equal(users[0]?.tokenFile, '/home/me/.kube/token');
  assert.deepEqual(users[1]?.exec, {
    apiVersion: 'client.authentication.k8s.io/v1',
    command: '/home/me/.kube/bin/login',
    arguments: ['a', '5'],
    environment: [{ name: 'A', value: 'b' }],
    provideClusterInfo: false,
    interactiveMode: 'IfAvailable',
  });
  assert.equal(users[2]?.exec?.command, 'aws');
});

test('every known field is read', () => {
  const { clusters, users, contexts } = parseKubeconfig(
    `
clusters:
- name: "0123"
  cluster:
    server: https://c/prefix
    certificate-authority-data: Q0E=
    insecure-skip-tls-verify: true
    tls-server-name: inner
    proxy-url: socks5://p:1080
    extensions:
    - {name: other, extension: x}
    - {name: client.authentication.k8s.io/exec, extension: {audience: "7"}}
users:
- name: u
  user:
    as: jane
    as-uid: "42"
    as-groups: [a, b]
    as-user-extra: {scopes: [a, b]}
    username: me
    password: "1e3"
    auth-provider: {name: oidc, config: {id-token: t, expiry: 2026-01-01T00:00:00Z}}
contexts:
- {name: k, context: {cluster: "0123", user: u, namespace: "7"}}
`,
    '/k',
  );
  assert.deepEqual(clusters[0], {
    name: '0123',
    source: { path: '/k', line: 3 },
    server: 'https://c/prefix',
    certificateAuthorityData: 'Q0E=',
    insecureSkipTlsVerify: true,
    tlsServerName: 'inner',
    proxyUrl: 'socks5://p:1080',
    execConfig: { audience: '7' },
  });
  assert.deepEqual(users[0], {
    name: 'u',
    source: { path: '/k', line: 14 },
    as: 'jane',
    asUid: '42',
    asGroups: ['a', 'b'],
    asUserExtra: { scopes: ['a', 'b'] },
    username: 'me',
    password: '1e3',
    authProvider: { name: 'oidc', config: { 'id-token': 't', expiry: '2026-01-01T00:00:00Z' } },
  });
  assert.equal(contexts[0]?.namespace, '7');
});

test("an empty file and kubectl's empty kubeconfig are read", () => {
  for (const text of [
    '',
    'apiVersion: v1\nclusters: null\ncontexts: null\ncurrent-context: ""\nusers: null\n',
    'clusters: [null]\ncontexts:\n-\nusers: [~]\n',
  ]) {
    assert.deepEqual(parseKubeconfig(text, '/k'), { clusters: [], users: [], contexts: [], problems: [] });
  }
});

test('a kubeconfig in JSON is read', () => {
  const text = JSON.stringify({ contexts: [{ name: 'a', context: { cluster: 'c' } }] }, undefined, '\t');
  assert.equal(parseKubeconfig(text, '/k').contexts[0]?.cluster, 'c');
});

const SECRET = 'planted-secret';
/** Invalid kubeconfigs: a name, the text, and after the arrow the line of the error and a part of the reason. */
const INVALID = String.raw`
broken YAML: users:\n- name: u\n  user: {token: SECRET\ncontexts: []\n => 4
a tab for indentation: users:\n- name: u\n  user:\n\ttoken: SECRET\n => 4
not a mapping: - a\n => 1 the document must be a mapping
clusters as mapping: apiVersion: v1\nclusters: {}\n => 2 clusters must be a list
no kubeconfig by its kind: apiVersion: v1\nkind: Pod\n => 2 kind must be Config
no kubeconfig by its version: kind: Config\napiVersion: v2\n => 2 apiVersion must be v1
two entries without a name: users:\n- {}\n- null\n => 3 users[1].name "" is defined twice
a number as text: users:\n- name: 12\n => 2 users[0].name must be a string: put the number in quotation marks
a boolean of YAML 1.1 as text: users:\n- name: on\n => 2 users[0].name must be a string: put the boolean in quotation marks
a number as flag: clusters:\n- name: c\n  cluster: {insecure-skip-tls-verify: 1}\n => 3 must be true or false
a list as mapping: users:\n- name: u\n  user:\n    [SECRET]\n => 4 users[0].user must be a mapping
a list as an entry: users:\n- [SECRET]\n => 2 users[0] must be a mapping
data that is no base64: users:\n- name: u\n  user: {client-key-data: SECRET}\n => 3 client-key-data is not valid base64
data without its padding: users:\n- name: u\n  user: {client-key-data: QUI}\n => 3 is not valid base64
a name twice: contexts:\n- name: a\n- name: b\n- name: a\n => 4 contexts[2].name "a" is defined twice
a list as a name: contexts:\n- name: [a]\n  context: {}\n => 2 contexts[0].name must be a string
a list as text: users:\n- name: u\n  user:\n    token: [SECRET]\n => 4 users[0].user.token must be a string
a text as flag: clusters:\n- name: c\n  cluster:\n    server: x\n    insecure-skip-tls-verify: "yes"\n => 5 clusters[0].cluster.insecure-skip-tls-verify must be true or false
`;

for (const [, name = '', short = '', line, reason = ''] of INVALID.matchAll(
  /^(.+?): (.+) => (\d+) ?(.*)$/gm,
)) {
  const text = short.replaceAll('\\n', '\n').replaceAll('\\t', '\t').replace('SECRET', SECRET);
  test(`an invalid kubeconfig is refused: ${name}`, () => {
    const sentence = /^invalid kubeconfig \/home\/me\/config, line \d+: [^\s:]/;
    for (const detail of [{ line: Number(line) }, sentence, reason])
      assert.throws(() => strictly(text), coded('KUBECONFIG_INVALID', detail, SECRET));
  });
}

/** Parses a kubeconfig, and throws its first error, which `parseKubeconfig` only reports. */
function strictly(text: string): void {
  const [problem] = parseKubeconfig(text, '/home/me/config').problems;
  if (problem !== undefined) throw problem.error;
}

test('missing and unreadable files are refused', async () => {
  await using directory = await temporaryDirectory();
  const gone = join(directory.path, 'gone');
  const options = { homeFolder: directory.path, serviceAccountFolder: directory.path };
  const load = (environment: Record<string, string>, kubeconfigPath?: string) =>
    loadKubeconfig({ ...options, environment, ...(kubeconfigPath && { kubeconfigPath }) });
  await assert.rejects(load({}, gone), coded('KUBECONFIG_NOT_FOUND'));
  await assert.rejects(load({ KUBECONFIG: gone }), coded('KUBECONFIG_NOT_FOUND'));
  // Uses a folder instead of a file without permissions, because root could read such a file.
  await assert.rejects(
    load({ KUBECONFIG: directory.path }),
    coded('KUBECONFIG_UNREADABLE', { reason: 'it is a folder' }),
  );
  await assert.rejects(load({}), coded('NO_KUBECONFIG', { path: join(directory.path, '.kube', 'config') }));
  const none = await loadKubeconfig({ ...options, environment: {} }, { server: 'https://k' });
  assert.deepEqual([none.contexts, none.paths, none.defaultNamespace], [[], [], 'default']);
});

test('a program in a pod uses its service account if there is no kubeconfig', async () => {
  await using directory = await temporaryDirectory();
  await writeFile(join(directory.path, 'token'), 'abc');
  await writeFile(join(directory.path, 'namespace'), 'shop\n');
  const environment = { KUBERNETES_SERVICE_HOST: 'fd00::1', KUBERNETES_SERVICE_PORT: '443' };
  const options = { environment, homeFolder: directory.path, serviceAccountFolder: directory.path };
  const kubeconfig = await loadKubeconfig(options);
  assert.deepEqual(kubeconfig.paths, []);
  assert.equal(kubeconfig.clusters[0]?.server, 'https://[fd00::1]:443');
  assert.equal(kubeconfig.clusters[0]?.certificateAuthority, undefined);
  assert.equal(kubeconfig.users[0]?.tokenFile, join(directory.path, 'token'));
  assert.equal(kubeconfig.defaultNamespace, 'shop');
});

test('a pod without a current context uses its service account, and keeps the contexts of the files', async () => {
  await using directory = await temporaryDirectory();
  const path = join(directory.path, 'config');
  await writeFile(join(directory.path, 'token'), 'abc');
  const pod = { KUBERNETES_SERVICE_HOST: 'k', KUBERNETES_SERVICE_PORT: '443' };
  const contexts = async (KUBECONFIG: string, kubeconfigPath?: string) => {
    const options = { homeFolder: directory.path, serviceAccountFolder: directory.path };
    const environment = { ...pod, KUBECONFIG };
    const loaded = await loadKubeconfig({
      ...options,
      environment,
      ...(kubeconfigPath && { kubeconfigPath }),
    });
    return [...loaded.contexts.map(({ name }) => name), '->', loaded.currentContext];
  };
  assert.deepEqual(await contexts(path), ['in-cluster', '->', 'in-cluster']);
  await writeFile(path, '');
  assert.deepEqual(await contexts(path), ['in-cluster', '->', 'in-cluster']);
  await writeFile(path, file(context('a', 'c')));
  assert.deepEqual(await contexts(path), ['a', 'in-cluster', '->', 'in-cluster']);
  assert.deepEqual(await contexts('', path), ['a', '->', undefined]);
  await writeFile(path, file(context('a', 'c'), 'current-context: a'));
  assert.deepEqual(await contexts(path), ['a', '->', 'a']);
  await writeFile(path, file(context('""', 'c')));
  assert.deepEqual(await contexts(path), ['', '->', undefined]);
  await writeFile(path, file(context('a', 'in-cluster')));
  assert.deepEqual(await contexts(path), ['a', '->', undefined]);
});

test('in a pod, a context without a namespace uses the namespace of the pod, and POD_NAMESPACE wins', async () => {
  await using directory = await temporaryDirectory();
  await writeFile(join(directory.path, 'token'), 'abc');
  await writeFile(join(directory.path, 'namespace'), 'shop\n');
  const kubeconfigPath = join(directory.path, 'config');
  const clusters =
    'clusters: [{name: c, cluster: {server: "https://c"}}]\nusers: [{name: u}]\ncurrent-context: a';
  await writeFile(
    kubeconfigPath,
    file(`${context('a', 'c')}, ${context('b', 'c', ', namespace: own')}`, clusters),
  );
  const namespaces = async (environment: Record<string, string>) => {
    const options = {
      kubeconfigPath,
      homeFolder: directory.path,
      serviceAccountFolder: directory.path,
    };
    const { namespace, kubeconfig } = await resolveContext({}, { ...options, environment });
    return [namespace, ...summarizeContexts(kubeconfig).map((summary) => summary.namespace)];
  };
  const pod = { KUBERNETES_SERVICE_HOST: 'k', KUBERNETES_SERVICE_PORT: '443' };
  assert.deepEqual(await namespaces(pod), ['shop', 'shop', 'own']);
  assert.deepEqual(await namespaces({ ...pod, POD_NAMESPACE: 'given' }), ['given', 'given', 'own']);
  assert.deepEqual(await namespaces({ POD_NAMESPACE: 'given' }), ['default', 'default', 'own']);
});

test('the service account of a pod is not used for another server or user', async () => {
  await using directory = await temporaryDirectory();
  await writeFile(join(directory.path, 'token'), 'abc');
  const environment = { KUBERNETES_SERVICE_HOST: 'k', KUBERNETES_SERVICE_PORT: '443' };
  const options = { environment, homeFolder: directory.path, serviceAccountFolder: directory.path };
  const users = async (overrides: RestConfigOverrides) => {
    const { kubeconfig, restConfig } = await resolveContext(overrides, options);
    return [...kubeconfig.users.map(({ name }) => name), restConfig.credentials.user];
  };
  assert.deepEqual(await users({}), ['in-cluster', 'in-cluster']);
  assert.deepEqual(await users({ server: 'https://other' }), ['anonymous']);

  await mkdir(join(directory.path, '.kube'));
  const other = 'clusters: [{name: other, cluster: {server: "https://other"}}]\n';
  await writeFile(join(directory.path, '.kube', 'config'), other);
  assert.deepEqual(await users({ cluster: 'other' }), ['anonymous']);
  await assert.rejects(users({ user: 'other' }), coded('NO_CONTEXTS'));
});

/** Invalid users: a name, the entry, and after the arrow a part of the reason. */
const FAULTS = `
no command: exec: {apiVersion: V1BETA1} => user.exec.command is missing
no version: exec: {command: a} => user.exec.apiVersion is missing
no interactiveMode in v1: exec: {apiVersion: V1, command: a} => user.exec.interactiveMode is missing: use Never, IfAvailable or Always
an unknown interactiveMode: exec: {apiVersion: V1BETA1, command: a, interactiveMode: Often} => interactiveMode must be Never, IfAvailable or Always
a variable without a name: exec: {apiVersion: V1BETA1, command: a, env: [{name: A}, {value: b}]} => exec.env[1].name is missing
a plugin and an auth-provider: exec: {apiVersion: V1BETA1, command: a}, auth-provider: {name: oidc} => exec cannot be used together with an auth-provider
a token and a password: token: SECRET, username: a, password: b => cannot be used together with a token
a token of two lines: token: "SECRET\\n" => token contains a line break
a token file and a name: tokenFile: t, username: a => cannot be used together with a token
a certificate twice: client-certificate: a, client-certificate-data: QUE= => client-certificate-data are both set
a certificate without its key: client-certificate: a => client-key is missing
`;

for (const [, name = '', short = '', reason = ''] of FAULTS.matchAll(/^(.+?): (.+) => (.+)$/gm)) {
  const group = 'client.authentication.k8s.io/';
  const user = short
    .replace('V1BETA1', `${group}v1beta1`)
    .replace('V1', `${group}v1`)
    .replace('SECRET', SECRET);
  test(`a user with ${name} has a fault, and other users do not`, () => {
    const { users, problems } = parseKubeconfig(
      `users:\n- name: other\n- name: u\n  user:\n    {${user}}\n`,
      '/k',
    );
    assert.deepEqual(problems, []);
    assert.deepEqual([users[0]?.fault, users[1]?.fault?.line, users[1]?.exec], [undefined, 5, undefined]);
    assert.ok(users[1]?.fault?.reason.includes(reason), users[1]?.fault?.reason);
    assert.ok(!users[1]?.fault?.reason.includes(SECRET));
  });
}

test('a tolerant reader gets everything except the bad entries and files, with their problems', async () => {
  await using directory = await temporaryDirectory();
  const [good, mixed, bad] = ['good', 'mixed', 'bad'].map((name) => join(directory.path, name));
  assert.ok(good && mixed && bad);
  await writeFile(good, 'contexts: [{name: a, context: {cluster: c}}]\ncurrent-context: a\n');
  await writeFile(
    mixed,
    'contexts:\n- name: b\n- name: 12\n- name: d\nusers:\n- name: u\n  user: {token: [x]}\n',
  );
  await writeFile(bad, 'contexts: [\n');
  const options = {
    environment: { KUBECONFIG: [bad, mixed, directory.path, good].join(delimiter) },
    homeFolder: directory.path,
  };
  const { contexts, problems } = await loadKubeconfig({ ...options, isTolerant: true });
  assert.deepEqual(fieldOf(contexts, 'name'), ['b', 'd', 'a']);
  assert.deepEqual(
    problems.map(({ type, name, error }) => [type, name, error.arguments.path, error.arguments.line]),
    [
      ['file', undefined, bad, 2],
      ['users', 'u', mixed, 7],
      ['contexts', undefined, mixed, 3],
      ['file', undefined, directory.path, undefined],
    ],
  );
  await assert.rejects(loadKubeconfig(options), coded('KUBECONFIG_INVALID'));
});
