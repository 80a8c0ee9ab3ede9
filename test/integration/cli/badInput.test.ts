import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { chmod, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { isCoded } from '../../../src/base/errors.ts';
import { listenError } from '../../../src/portforward/listenError.ts';
import { demoClusterFor, type TestEnd } from '../../support/demoForward.ts';
import { answerJson, startHttpServer } from '../../support/httpServer.ts';
import { clusterEntry, kubeconfigText } from '../../support/kubeconfigText.ts';
import { freePort, holdPort, loopbacks } from '../../support/localPorts.ts';
import { TestTcpServer } from '../../support/tcpServer.ts';
import { temporaryFolder } from '../../support/temporaryDirectory.ts';
import { expiredCertificate } from '../../support/testCertificates.ts';
import { COMMAND, type CommandEnd, type CommandOptions, runCommand, startFor } from './commandProcess.ts';

/** The number of tests that run at the same time. Three commands that start at the same time keep two cores busy. */
const AT_ONCE = 3;

const cluster = await demoClusterFor({ after });
const folder = await temporaryFolder({ after });
/**
 * A port that is in use. If a command listened before it checked its input, it would report this port instead of the
 * invalid input.
 */
const taken = await holdPort('127.0.0.1');
after(() => taken[Symbol.asyncDispose]());

// biome-ignore lint/suspicious/noControlCharactersInRegex: finding control characters is what this is for
const CONTROL = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/;

/** Expects one matching line on standard error, nothing on standard output, and no stack. */
function assertFailed(end: CommandEnd, status: number, message: RegExp): void {
  const { stdout, stderr } = end;
  const lines = stderr.split('\n').filter((line) => !line.startsWith('Waiting: '));
  assert.deepEqual({ lines: lines.length, stdout, end: lines[1] }, { lines: 2, stdout: '', end: '' }, stderr);
  assert.match(lines[0] ?? '', /^error: /);
  assert.match(lines[0] ?? '', message);
  assert.doesNotMatch(stderr, / at .*:\d+:\d+|CodedError|\{\w+\}|undefined|\[object/);
  assert.doesNotMatch(stderr, CONTROL);
  assert.deepEqual([end.status, end.signal], [status, null]);
}

async function fails(
  args: readonly string[],
  message: RegExp,
  { status = 1, ...options }: CommandOptions & { readonly status?: number } = {},
): Promise<void> {
  const environment = { KUBECONFIG: cluster.kubeconfigPath, ...options.environment };
  assertFailed(await runCommand(args, { ...options, environment }), status, message);
}

/** Writes a separate kubeconfig in the test's folder. */
async function kubeconfigFile(name: string, text: string): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, text);
  return path;
}

/** Writes a copy of the demo cluster's kubeconfig in which a text is replaced, and returns its path. */
async function changedKubeconfig(name: string, pattern: RegExp, by: string): Promise<string> {
  assert.match(cluster.kubeconfig, pattern);
  return await kubeconfigFile(name, cluster.kubeconfig.replace(pattern, by));
}

describe('wrong usage exits with status 2', { concurrency: AT_ONCE }, () => {
  // At least one case for each check: of options, ports, targets and option values. `commandLine.test.ts` and `cases`
  // have more cases.
  const cases: readonly (readonly [args: readonly string[], message: RegExp])[] = [
    [[], /specify a target and a port, for example pod\/web 8080:80/],
    [['--frobnicate', 'pod/web', '80'], /unknown option "--frobnicate" \(see kube-port-forward --help\)/],
    [['pod/web', '8080:0'], /invalid port "8080:0": use REMOTE or LOCAL:REMOTE, each from 1 to 65535/],
    [['pod/multi', 'http', '8080:admin'], /local port 8080 is used twice/],
    [['gizmo/web', '80'], /invalid target "gizmo\/web": use NAME or TYPE\/NAME, where TYPE is pod, service/],
    [['pod/Web', '80'], /invalid name "Web": Kubernetes names are lowercase, use "web"/],
    [['pod/web', '80', '--as-group', 'a'], /to impersonate a group or UID, also use --as USER/],
    [['pod/web', '80', '--server', 'ftp://example'], /"ftp:\/\/example" is not a server address/],
  ];
  for (const [args, message] of cases) {
    test(JSON.stringify(args.join(' ')), () => fails(args, message, { status: 2 }));
  }
});

describe('a missing object in the cluster exits with status 1', { concurrency: AT_ONCE }, () => {
  const cases: readonly (readonly [args: readonly string[], message: RegExp])[] = [
    [['pod/web', '80', '--context', 'nope'], /context "nope" not found; available: "demo-admin", /],
    [['pod/web', '80', '--cluster', 'nope'], /cluster "nope" not found; available: "demo"/],
    [['pod/web', '80', '--user', 'nope'], /user "nope" not found; available: "demo-admin", /],
    [['pod/web', '80', '-n', 'nope'], /namespace "nope" not found/],
    [['pod/web', '80', '-n', '../kube-system'], /namespace "\.\.\/kube-system" not found/],
    [['nope', '80'], /pod "nope" not found in namespace "demo": check the name and -n/],
    [['svc/nope', '80'], /service "nope" not found in namespace "demo": check the name and -n/],
    [['deploy/nope', '80'], /deployment "nope" not found in namespace "demo": check the name and -n/],
    [['svc/web', '80', '-n', 'nope'], /namespace "nope" not found/],
    [['pod/multi', 'nope'], /pod "multi" has no port named "nope"; available: "http" \(8080\), "admin"/],
    [['svc/web', '81'], /service "web" has no port 81; available: 80 \("http"\)/],
    [['svc/web', 'nope'], /service "web" has no port named "nope"; available: 80 \("http"\)/],
    [
      ['pod/multi', 'dns'],
      /port dns of pod "multi" uses UDP: Kubernetes forwards only TCP, choose a TCP port/,
    ],
    [['pod/multi', '53'], /port 53 of pod "multi" uses UDP/],
    [['svc/dns', '53'], /port 53 of service "dns" uses UDP/],
    [['pod/migrate-x7k2p', '80'], /pod "migrate-x7k2p" is not running \(Succeeded\): choose a running pod/],
    [['job/migrate', '80'], /pod "migrate-x7k2p" is not running \(Succeeded\)/],
    [
      ['svc/no-selector', '80'],
      /service "no-selector" has no selector: forward to a pod instead.*kubectl get endpointslices -n demo/,
    ],
  ];
  for (const [args, message] of cases) {
    const [target = '', remote = '', ...more] = args;
    test(args.join(' '), () => fails([target, `${taken.port}:${remote}`, ...more], message));
  }

  for (const [target, message] of [
    [
      'svc/no-pods',
      /service "no-pods" has no ready pod after 1 s: check its pods with kubectl get pods -n demo/,
    ],
    ['svc/unready', /service "unready" has no ready pod after 1 s: .*increase --pod-running-timeout/],
    [
      'pod/pending',
      /pod "pending" is still Pending after 1 s: check it with kubectl describe pod pending -n demo/,
    ],
  ] as const) {
    test(`${target} fails after the timeout`, () =>
      fails([target, `${taken.port}:80`, '--pod-running-timeout', '1s'], message));
  }
});

describe('local ports that cannot be bound exit with status 1', () => {
  for (const address of loopbacks) {
    test(`a port in use on ${address} only is refused with its holder and a free port`, async () => {
      await using held = await holdPort(address);
      await using command = startFor(cluster, 'pod/web', `${held.port}:80`);
      const end = await command.ended();
      const holder = process.platform === 'linux' ? `node (PID ${process.pid})` : 'another program';
      assertFailed(
        end,
        1,
        new RegExp(`port ${held.port} on ${address} is in use by ${escaped(holder)}: stop it or `),
      );
      await assertFree(end);
    });
  }

  for (const [everywhere, address] of [
    ['0.0.0.0', '127.0.0.1'],
    ['::', '::1'],
  ] as const) {
    if (!loopbacks.includes(address)) continue;
    test(`a port in use on ${everywhere} is refused on ${address} too`, async () => {
      await using held = await holdPort(everywhere);
      await fails(['pod/web', `${held.port}:80`], new RegExp(`port ${held.port} on ${address} is in use by`));
    });
  }

  test('if one of several ports is in use, the command listens on none of them', async () => {
    const free = await freePort();
    await fails(['pod/web', `${free}:80`, `${taken.port}:81`], /is in use by/);
    await (await holdPort('127.0.0.1', free))[Symbol.asyncDispose]();
  });

  test('an address that this machine does not have is refused', () =>
    fails(
      ['pod/web', ':80', '--address', '192.0.2.1'],
      /address 192\.0\.2\.1 is not assigned to this machine/,
    ));

  test('a port below 1024 without the right is refused with a free port from 1024 on', async () => {
    const denied = Object.assign(new Error('listen EACCES'), { code: 'EACCES' });
    const error = await listenError(denied, '127.0.0.1', 81);
    assert.ok(isCoded(error, 'PORT_NOT_PERMITTED'));
    assert.match(error.message, /^no permission to listen on port 81 on 127\.0\.0\.1: use a local/);
    await assertFree({ stderr: error.message });
  });

  test('a user without the right to ports below 1024 gets a free port suggested', async (t) => {
    const through = unprivileged();
    const first = Number(
      await readFile('/proc/sys/net/ipv4/ip_unprivileged_port_start', 'utf8').catch(() => 0),
    );
    // If every user may listen on port 81, or the test cannot run as another user, there is no refusal to test.
    if (first <= 81 || through === undefined) return;
    const path = join(await readableFolder(t), 'config');
    await writeFile(path, cluster.kubeconfig, { mode: 0o644 });
    const end = await runCommand(['pod/web', '81:80'], { environment: { KUBECONFIG: path }, through });
    assertFailed(end, 1, /no permission to listen on port 81 on 127\.0\.0\.1/);
    await assertFree(end);
  });
});

describe('unusable kubeconfigs exit with status 1', { concurrency: AT_ONCE }, () => {
  const run = (path: string, message: RegExp, options?: CommandOptions) =>
    fails(['pod/web', `${taken.port}:80`, '--kubeconfig', path], message, options);

  test('no kubeconfig at all is reported', async () => {
    const end = await runCommand(['pod/web', '80'], { environment: { HOME: folder } });
    const path = escaped(join(folder, '.kube', 'config'));
    assertFailed(
      end,
      1,
      new RegExp(`no kubeconfig found: set KUBECONFIG, use --kubeconfig, or create ${path}`),
    );
  });

  test('a missing kubeconfig is reported', () =>
    run('/does/not/exist', /kubeconfig \/does\/not\/exist not found: check --kubeconfig/));

  test('a folder in place of a kubeconfig is reported', () =>
    run(folder, /cannot read kubeconfig .* \(it is a folder\)/));

  test('an unreadable kubeconfig is reported', async (t) => {
    const through = unprivileged();
    const path = join(await readableFolder(t), 'config');
    await writeFile(path, cluster.kubeconfig);
    await chmod(path, 0);
    // Root can read every file, so the test must be able to run the command as another user.
    if (through === undefined) return;
    await run(path, /cannot read kubeconfig .* \(EACCES\): check the path and its permissions/, {
      through,
    });
  });

  const invalid: readonly (readonly [name: string, text: string, message: RegExp])[] = [
    ['not YAML', 'apiVersion: v1\nclusters: [\n  {]', /invalid kubeconfig .*, line 3: /],
    ['binary', '\u0000\u001b[31m\u0007', /invalid kubeconfig .*, line 1: /],
    ['empty', '', /kubeconfig .* has no contexts: choose another one/],
    [
      'no such cluster',
      'current-context: a\ncontexts:\n- name: a\n  context: {cluster: gone}\n',
      /cluster "gone" not found/,
    ],
  ];
  for (const [name, text, message] of invalid) {
    test(name, async () => {
      const path = await kubeconfigFile(`${name}.yaml`, text);
      await run(path, message);
    });
  }

  test('an authority that is no certificate is reported', async () => {
    const broken = Buffer.from('not a certificate').toString('base64');
    const data = /certificate-authority-data: .*/;
    const path = await changedKubeconfig('authority', data, `certificate-authority-data: ${broken}`);
    await run(path, /certificate-authority-data contains no PEM certificate.*check the certificate/);
  });
});

describe('errors of the server exit with status 1', () => {
  const run = (kubeconfig: string, message: RegExp, ...args: string[]) =>
    fails(['pod/web', `${taken.port}:80`, '--kubeconfig', kubeconfig, ...args], message);

  test('a server that does not listen is reported', async () => {
    const port = await freePort();
    const path = await changedKubeconfig('nobody', /server: .*/, `server: https://127.0.0.1:${port}`);
    await run(path, /cannot reach https:\/\/127\.0\.0\.1:\d+ \(.*ECONNREFUSED.*\): check the network/);
  });

  test('a host name that does not exist is reported', async () => {
    const path = await changedKubeconfig('name', /server: .*/, 'server: https://cluster.invalid');
    await run(path, /cannot reach https:\/\/cluster\.invalid \(.*\): check the network, the VPN, and the ad/);
  });

  test('a certificate of an unknown authority is reported', async () => {
    const path = await changedKubeconfig('untrusted', / {4}certificate-authority-data: .*\n/, '');
    await run(
      path,
      /the connection to https:.* is not secure \(.*(self-signed|not trusted).*\): check the certificate/,
    );
  });

  test('an expired certificate of the server is reported', async () => {
    const { certificate, key } = await expiredCertificate();
    await using server = await TestTcpServer.start(() => {}, { cert: certificate, key });
    const entry = clusterEntry({ server: server.url('https'), certificateAuthority: certificate });
    await run(
      await kubeconfigFile('expired', kubeconfigText(entry)),
      /is not secure \(the certificate.*has expired\): check the certificate/,
    );
  });

  test('a certificate for another name is reported', async () => {
    await run(cluster.kubeconfigPath, /is not secure \(.*other\.test.*\)/, '--tls-server-name', 'other.test');
  });

  test('a 401 is reported', async () => {
    const path = await changedKubeconfig('unauthorized', /token: .*/, 'token: wrong');
    await run(path, /rejected the credentials of user "demo-admin" \(401\): sign in again/);
  });

  test('an expired client certificate is reported', async () => {
    const { certificate, key } = await expiredCertificate();
    const base64 = (text: string) => Buffer.from(text).toString('base64');
    const user = `client-certificate-data: ${base64(certificate)}\n    client-key-data: ${base64(key)}`;
    const path = await changedKubeconfig('client', /token: .*/, user);
    await run(path, /"demo-admin": the client certificate expired on .*: renew it/);
  });

  test('an exec plugin that is not installed is reported', async () => {
    const exec =
      'exec: {apiVersion: client.authentication.k8s.io/v1, command: no-such-plugin, interactiveMode: Never}';
    const path = await changedKubeconfig('plugin', /token: .*/, exec);
    await run(
      path,
      /cannot get credentials for user "demo-admin": the plugin "no-such-plugin" is not installed/,
    );
  });

  test('a request without credentials is reported as the user without a name', async () => {
    const path = await changedKubeconfig('anonymous', /user: demo-admin/, 'user: ""');
    await run(path, /user "(anonymous|)" cannot .*pods/);
  });

  test('a 403 names the missing verb and the rule that grants it', async () => {
    const rule =
      'ask your administrator for a role with verbs: ["get", "create"], resources: ["pods/portforward"]';
    const right = 'cannot get or create pods/portforward in namespace "demo"';
    await run(
      cluster.kubeconfigPath,
      new RegExp(`^error: user "demo-viewer" ${right} \\(.*\\): ${escaped(rule)}$`),
      '--context=demo-viewer',
    );
  });

  test('a 403 for reading the target names the missing right', () =>
    fails(
      ['svc/web', `${taken.port}:80`, '-n', 'staging', '--context', 'demo-developer'],
      /user "demo-developer" cannot get services in namespace "staging" .*verbs: \["get"\], resources: \["services"\]/,
    ));

  test('an answer that is not from Kubernetes is reported', async () => {
    await using server = await startHttpServer((_request, response) => response.end('<html>login</html>'));
    await fails(['pod/web', `${taken.port}:80`, '--server', server.url.href], /instead of JSON: check the/);
  });

  test('a server that does not answer within the timeout is reported', async () => {
    await using server = await startHttpServer(() => {});
    const args = ['pod/web', `${taken.port}:80`, '--server', server.url.href, '--request-timeout', '1s'];
    await fails(args, /did not respond within 1 s: check the network or try again/);
  });
});

describe('control characters are escaped', () => {
  const EVIL = '\u001b]0;evil\u0007\u009b31m\r\nforged: line';

  test('in the text of the arguments', async () => {
    await fails(
      [`pod/${EVIL}`, '80'],
      /invalid target "pod\/\\x1b\]0;evil\\x07\\x9b31m\\x0d\\x0aforged: line": use NAME/,
      { status: 2 },
    );
    await fails(['pod/web', EVIL], /"\\x1b\]0;evil/, { status: 2 });
    await fails([`--${EVIL}`], /\\x1b\]0;evil/, { status: 2 });
    await fails(['pod/web', '80', '-n', EVIL], /namespace "\\x1b\]0;evil/);
    await fails(['pod/web', '80', '--context', EVIL], /context "\\x1b\]0;evil/);
    await fails(['pod/web', '80', '--kubeconfig', `/nope/${EVIL}`], /kubeconfig \/nope\/\\x1b\]0;evil/);
  });

  test('in texts from a cluster, for people and for programs', async () => {
    await using server = await startHttpServer((_request, response) =>
      answerJson(response, 500, { kind: 'Status', code: 500, message: `etcd ${EVIL}` }),
    );
    const args = ['pod/web', `${taken.port}:80`, '--server', server.url.href];
    await fails(args, /returned 500: etcd \\x1b\]0;evil\\x07\\x9b31m\\x0d\\x0aforged: line/);
    const { status, stdout, stderr } = await runCommand([...args, '--output=json']);
    assert.deepEqual([status, stderr], [1, '']);
    assert.doesNotMatch(stdout, CONTROL);
    const { code, arguments: named } = JSON.parse(stdout.trimEnd().split('\n').at(-1) ?? '');
    assert.equal(code, 'API_ERROR');
    assert.equal(named.reason, `etcd ${EVIL}`);
  });

  test('in the reason why a pod does not start', async () => {
    const pending = cluster.pods.get('demo', 'pending');
    const [container] = pending.spec.containers;
    assert.ok(container);
    const { image, name } = container;
    const state = { waiting: { reason: `ImagePull${EVIL}` } };
    const status = {
      name,
      image,
      imageID: '',
      ready: false,
      restartCount: 0,
      started: false,
      state,
      lastState: {},
    };
    cluster.pods.put({ ...pending, status: { ...pending.status, containerStatuses: [status] } });
    const args = ['pod/pending', `${taken.port}:80`, '--pod-running-timeout=1s'];
    await fails(args, /pod "pending" is still ImagePull\\x1b\]0;evil/);
  });
});

/** Expects that the message suggests a port, and that this port is free on every loopback address. */
async function assertFree({ stderr }: Pick<CommandEnd, 'stderr'>): Promise<void> {
  const suggestion = Number(/for example (\d+)$/m.exec(stderr)?.[1]);
  assert.ok(suggestion >= 1024, stderr);
  for (const address of loopbacks) await (await holdPort(address, suggestion))[Symbol.asyncDispose]();
}

function escaped(text: string): string {
  return text.replace(/[[\](){}.?*+^$|\\]/g, '\\$&');
}

/**
 * Returns a command that runs a program without the rights of root. Empty if the test does not run as root. Undefined
 * if there is no such command.
 */
function unprivileged(): readonly string[] | undefined {
  // Windows has no such command, and no file modes that keep a user from reading a file.
  if (process.platform === 'win32') return undefined;
  if (process.getuid?.() !== 0) return [];
  const through = ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups'];
  const [program = '', ...args] = [...through, process.execPath, COMMAND, '--version'];
  return spawnSync(program, args).status === 0 ? through : undefined;
}

/** A folder that every user may enter. */
async function readableFolder(test: TestEnd): Promise<string> {
  const path = await temporaryFolder(test);
  await chmod(path, 0o755);
  return path;
}
