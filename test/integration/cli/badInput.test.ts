import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { chmod, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { isCoded } from '../../../src/base/errors.ts';
import { type DemoCluster, startDemoCluster } from '../../../src/demo/demoCluster.ts';
import { listenError } from '../../../src/portforward/listenError.ts';
import { answerJson, startHttpServer } from '../../support/httpServer.ts';
import { TestTcpServer } from '../../support/tcpServer.ts';
import { temporaryDirectory } from '../../support/temporaryDirectory.ts';
import { expiredCertificate } from '../../support/testCertificates.ts';
import { COMMAND, type CommandEnd, type CommandOptions, runCommand } from './commandProcess.ts';
import { freePort, holdPort, loopbacks } from './localPorts.ts';

let cluster: DemoCluster;
let folder: Awaited<ReturnType<typeof temporaryDirectory>>;
/** Whoever listens before all else is right would find this one taken, and say so. */
let taken: Awaited<ReturnType<typeof holdPort>>;
before(async () => {
  cluster = await startDemoCluster();
  folder = await temporaryDirectory();
  taken = await holdPort('127.0.0.1');
});
after(async () => {
  await taken[Symbol.asyncDispose]();
  await folder[Symbol.asyncDispose]();
  await cluster.dispose();
});

// biome-ignore lint/suspicious/noControlCharactersInRegex: finding control characters is what this is for
const CONTROL = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/;

/** One line on standard error that matches, nothing on standard output, and no trace of a stack. */
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
  status: number,
  message: RegExp,
  options: CommandOptions = {},
): Promise<void> {
  const environment = { KUBECONFIG: cluster.kubeconfigPath, ...options.environment };
  assertFailed(await runCommand(args, { ...options, environment }), status, message);
}

/** A kubeconfig of its own, in the test's folder. */
async function kubeconfigFile(name: string, text: string): Promise<string> {
  const path = join(folder.path, name);
  await writeFile(path, text);
  return path;
}

/** The demo cluster's kubeconfig with something replaced. */
async function changedKubeconfig(name: string, pattern: RegExp, by: string): Promise<string> {
  assert.match(cluster.kubeconfig, pattern);
  return await kubeconfigFile(name, cluster.kubeconfig.replace(pattern, by));
}

describe('wrong usage: status 2', () => {
  const cases: readonly (readonly [args: readonly string[], message: RegExp])[] = [
    [[], /give a target and a port, for example pod\/web 8080:80/],
    [['pod/web'], /give a port of pod\/web, for example pod\/web 8080:80/],
    [['pod/web', '0'], /"0" is not a port: give REMOTE or LOCAL:REMOTE, each from 1 to 65535/],
    [['pod/web', '8080:0'], /"8080:0" is not a port/],
    [['pod/web', '65536'], /"65536" is not a port/],
    [['pod/web', '65536:80'], /"65536:80" is not a port/],
    [['pod/web', 'a:b'], /"a:b" is not a port/],
    [['pod/web', '80:80:80'], /"80:80:80" is not a port/],
    [['pod/web', '-80'], /Unknown option '-8'/],
    [['pod/web', '8080:80', '8080:81'], /local port 8080 is given twice/],
    [['pod/web', '80', '80'], /local port 80 is given twice/],
    [['pod/multi', 'http', '8080:admin'], /local port 8080 is given twice/],
    [
      ['gizmo/web', '80'],
      /"gizmo\/web" is not a target: give NAME, or TYPE\/NAME with TYPE one of pod, service/,
    ],
    [['pod/web/x', '80'], /"pod\/web\/x" is not a target/],
    [['pod/', '80'], /"pod\/" is not a target/],
    [['pod/Web', '80'], /names in Kubernetes are lower case: give "web" instead of "Web"/],
    [['--frobnicate', 'pod/web', '80'], /Unknown option '--frobnicate' \(see kube-port-forward --help\)/],
    [['pod/web', '80', '-n'], /-n needs a value/],
    [['pod/web', '80', '--output', 'yaml'], /--output yaml: choose one of text, json/],
    [['pod/web', '80', '--transport', 'quic'], /--transport quic: choose one of spdy, websocket, channel/],
    [['pod/web', '80', '--reconnect=maybe'], /--reconnect/],
    [
      ['pod/web', '80', '--pod-running-timeout', 'soon'],
      /soon is not a duration: write it like 30s, 2m or 1h/,
    ],
    [['pod/web', '80', '--pod-running-timeout=1m5'], /1m5 is not a duration/],
    [['pod/web', '80', '--pod-running-timeout', '0'], /has to be longer than 0/],
    [['pod/web', '80', '--request-timeout', '5x'], /5x is not a duration/],
    [['pod/web', '80', '--address', 'banana'], /"banana" is not an address of this machine/],
    [['pod/web', '80', '--server', 'ftp://example'], /"ftp:\/\/example" is not the address of a server/],
    [['pod/web', '80', '--as-group', 'a'], /impersonating a group or uid needs a user too: give --as USER/],
  ];
  for (const [args, message] of cases) {
    test(JSON.stringify(args.join(' ')), () => fails(args, 2, message));
  }
});

describe('nothing of the kind in the cluster: status 1', () => {
  const cases: readonly (readonly [args: readonly string[], message: RegExp])[] = [
    [
      ['pod/web', '80', '--context', 'nope'],
      /context "nope" is in no kubeconfig: choose one of "demo-admin", /,
    ],
    [['pod/web', '80', '--cluster', 'nope'], /cluster "nope" is in no kubeconfig: choose one of "demo"/],
    [['pod/web', '80', '--user', 'nope'], /user "nope" is in no kubeconfig: choose one of "demo-admin", /],
    [['pod/web', '80', '-n', 'nope'], /namespace "nope" does not exist/],
    [['pod/web', '80', '-n', '../kube-system'], /namespace "\.\.\/kube-system" does not exist/],
    [['nope', '80'], /pod "nope" is not in namespace "demo": check the name and -n/],
    [['svc/nope', '80'], /service "nope" is not in namespace "demo": check the name and -n/],
    [['pod/multi', 'nope'], /pod "multi" has no port named "nope": it has "http" \(8080\), /],
    [['svc/web', '81'], /service "web" has no port 81: it has 80 \("http"\)/],
    [['svc/web', 'nope'], /service "web" has no port named "nope": it has 80 \("http"\)/],
    [['pod/multi', 'dns'], /port dns of pod "multi" is UDP: Kubernetes forwards TCP only, choose a TCP port/],
    [['svc/dns', '53'], /port 53 of service "dns" is UDP/],
    [['pod/migrate-x7k2p', '80'], /pod "migrate-x7k2p" has ended \(Succeeded\): choose one that runs/],
    [['job/migrate', '80'], /pod "migrate-x7k2p" has ended/],
    [['svc/no-selector', '80'], /service "no-selector" selects no pods: forward to a pod instead/],
  ];
  for (const [args, message] of cases) {
    const [target = '', remote = '', ...more] = args;
    test(args.join(' '), () => fails([target, `${taken.port}:${remote}`, ...more], 1, message));
  }

  for (const [target, message] of [
    [
      'svc/no-pods',
      /service "no-pods" has no ready pod within 1 s: see its pods with kubectl get pods -n demo/,
    ],
    ['svc/unready', /service "unready" has no ready pod within 1 s: .*a longer --pod-running-timeout/],
    ['pod/pending', /pod "pending" is Pending after 1 s: see kubectl describe pod pending -n demo/],
  ] as const) {
    test(`${target}, after its time`, () =>
      fails([target, `${taken.port}:80`, '--pod-running-timeout', '1s'], 1, message));
  }
});

describe('local ports: status 1', () => {
  for (const address of loopbacks) {
    test(`in use on ${address} alone: who holds it, and a free one instead`, async () => {
      await using held = await holdPort(address);
      const end = await runCommand(['pod/web', `${held.port}:80`], {
        environment: { KUBECONFIG: cluster.kubeconfigPath },
      });
      const holder = process.platform === 'linux' ? `node (process ${process.pid})` : 'another program';
      assertFailed(
        end,
        1,
        new RegExp(`port ${held.port} on ${address} is in use by ${escaped(holder)}: stop it, `),
      );
      await assertFree(end);
    });
  }

  for (const [everywhere, address] of [
    ['0.0.0.0', '127.0.0.1'],
    ['::', '::1'],
  ] as const) {
    if (!loopbacks.includes(address)) continue;
    test(`in use on ${everywhere}, and so on ${address}`, async () => {
      await using held = await holdPort(everywhere);
      await fails(
        ['pod/web', `${held.port}:80`],
        1,
        new RegExp(`port ${held.port} on ${address} is in use by`),
      );
    });
  }

  test('one of several in use: the others are not listened on either', async () => {
    const free = await freePort();
    await fails(['pod/web', `${free}:80`, `${taken.port}:81`], 1, /is in use by/);
    await (await holdPort('127.0.0.1', free))[Symbol.asyncDispose]();
  });

  test('an address that this machine does not have', () =>
    fails(
      ['pod/web', ':80', '--address', '192.0.2.1'],
      1,
      /address 192\.0\.2\.1 is not one of this machine/,
    ));

  test('below 1024 without the right: a free one from 1024 on instead', async () => {
    const port = 81;
    const denied = Object.assign(new Error('listen EACCES'), { code: 'EACCES' });
    const error = await listenError(denied, '127.0.0.1', port);
    assert.ok(isCoded(error, 'PORT_NOT_PERMITTED'));
    assert.match(error.message, /^port 81 on 127\.0\.0\.1 needs more rights than this user has: use a local/);
    await assertFree({ stderr: error.message });
  });

  test('below 1024 without the right, as such a user', async () => {
    const through = unprivileged();
    const first = Number(
      await readFile('/proc/sys/net/ipv4/ip_unprivileged_port_start', 'utf8').catch(() => 0),
    );
    // Where every user may, or none other can be had, there is nothing to be refused.
    if (first <= 81 || through === undefined) return;
    await using home = await readableFolder();
    const path = join(home.path, 'config');
    await writeFile(path, cluster.kubeconfig, { mode: 0o644 });
    const end = await runCommand(['pod/web', '81:80'], { environment: { KUBECONFIG: path }, through });
    assertFailed(end, 1, /port 81 on 127\.0\.0\.1 needs more rights than this user has/);
    await assertFree(end);
  });
});

describe('kubeconfigs: status 1', () => {
  const run = (path: string, message: RegExp, options?: CommandOptions) =>
    fails(['pod/web', `${taken.port}:80`, '--kubeconfig', path], 1, message, options);

  test('none at all', async () => {
    const end = await runCommand(['pod/web', '80'], { environment: { HOME: folder.path } });
    const path = escaped(join(folder.path, '.kube', 'config'));
    assertFailed(
      end,
      1,
      new RegExp(`no kubeconfig found: set KUBECONFIG, give --kubeconfig, or create ${path}`),
    );
  });

  test('missing', () =>
    run('/does/not/exist', /kubeconfig \/does\/not\/exist does not exist: check --kubeconfig/));

  test('a folder', () => run(folder.path, /cannot be read \(it is a folder\)/));

  test('unreadable', async () => {
    const through = unprivileged();
    await using home = await readableFolder();
    const path = join(home.path, 'config');
    await writeFile(path, cluster.kubeconfig);
    await chmod(path, 0);
    // Nothing is unreadable to the root of a system that knows no other user.
    if (through === undefined) return;
    await run(path, /kubeconfig .* cannot be read \(EACCES\): check the path and its permissions/, {
      through,
    });
  });

  const invalid: readonly (readonly [name: string, text: string, message: RegExp])[] = [
    ['not YAML', 'apiVersion: v1\nclusters: [\n  {]', /kubeconfig .* is not valid, line 3: /],
    ['tabs', 'apiVersion: v1\nclusters:\n\t- name: x\n', /is not valid, line 3: /],
    ['binary', '\u0000\u001b[31m\u0007', /is not valid, line 1: /],
    ['a list', '- a\n- b\n', /is not valid, line 1: /],
    ['clusters that are none', 'current-context: a\nclusters: 5\n', /is not valid, line 2: clusters /],
    ['a name that is none', 'contexts:\n- name: [a]\n  context: {}\n', /is not valid, line 2: /],
    ['empty', '', /kubeconfig .* has no contexts: choose another one/],
    [
      'no such cluster',
      'current-context: a\ncontexts:\n- name: a\n  context: {cluster: gone}\n',
      /cluster "gone" is in no kubeconfig/,
    ],
  ];
  for (const [name, text, message] of invalid) {
    test(name, async () => {
      const path = await kubeconfigFile(`${name}.yaml`, text);
      await run(path, message);
    });
  }

  test('an authority that is no certificate', async () => {
    const broken = Buffer.from('not a certificate').toString('base64');
    const data = /certificate-authority-data: .*/;
    const path = await changedKubeconfig('authority', data, `certificate-authority-data: ${broken}`);
    await run(path, /certificate-authority-data holds no PEM certificate.*check the certificate/);
  });
});

describe('the server: status 1', () => {
  const run = (kubeconfig: string, message: RegExp, ...args: string[]) =>
    fails(['pod/web', `${taken.port}:80`, '--kubeconfig', kubeconfig, ...args], 1, message);

  test('nobody there', async () => {
    const port = await freePort();
    const path = await changedKubeconfig('nobody', /server: .*/, `server: https://127.0.0.1:${port}`);
    await run(path, /https:\/\/127\.0\.0\.1:\d+ cannot be reached \(.*ECONNREFUSED.*\): check the network/);
  });

  test('a name that does not exist', async () => {
    const path = await changedKubeconfig('name', /server: .*/, 'server: https://cluster.invalid');
    await run(
      path,
      /https:\/\/cluster\.invalid cannot be reached \(.*\): check the network, the VPN and the ad/,
    );
  });

  test('a certificate that nobody vouches for', async () => {
    const path = await changedKubeconfig('untrusted', / {4}certificate-authority-data: .*\n/, '');
    await run(
      path,
      /the connection to https:.* is not secure \(.*(self-signed|not trusted).*\): check the certificate/,
    );
  });

  test('a certificate whose time is over', async () => {
    const { certificate, key } = await expiredCertificate();
    await using server = await TestTcpServer.start(() => {}, { cert: certificate, key });
    const path = await kubeconfigFile(
      'expired',
      JSON.stringify({
        'current-context': 'a',
        contexts: [{ name: 'a', context: { cluster: 'a' } }],
        clusters: [
          {
            name: 'a',
            cluster: {
              server: `https://127.0.0.1:${server.port}`,
              'certificate-authority-data': Buffer.from(certificate).toString('base64'),
            },
          },
        ],
      }),
    );
    await run(path, /is not secure \(its certificate.*has expired\): check the certificate/);
  });

  test('a certificate for another name', async () => {
    await run(cluster.kubeconfigPath, /is not secure \(.*other\.test.*\)/, '--tls-server-name', 'other.test');
  });

  test('401', async () => {
    const path = await changedKubeconfig('unauthorized', /token: .*/, 'token: wrong');
    await run(path, /does not accept the credentials of "demo-admin" \(401\): sign in again/);
  });

  test("a user's certificate whose time is over", async () => {
    const { certificate, key } = await expiredCertificate();
    const base64 = (text: string) => Buffer.from(text).toString('base64');
    const user = `client-certificate-data: ${base64(certificate)}\n    client-key-data: ${base64(key)}`;
    const path = await changedKubeconfig('client', /token: .*/, user);
    await run(path, /"demo-admin": its client certificate expired on .*, renew it/);
  });

  test('an exec plugin that is not installed', async () => {
    const exec =
      'exec: {apiVersion: client.authentication.k8s.io/v1, command: no-such-plugin, interactiveMode: Never}';
    const path = await changedKubeconfig('plugin', /token: .*/, exec);
    await run(path, /no credentials for "demo-admin": its plugin "no-such-plugin" is not installed/);
  });

  test('no credentials: the user without a name', async () => {
    const path = await changedKubeconfig('anonymous', /user: demo-admin/, 'user: ""');
    await run(path, /"(anonymous|)" may not .*pods/);
  });

  test('403: the verb that is missing, and the rule that grants it', async () => {
    const rule = 'ask for a role with verbs: ["get", "create"], resources: ["pods/portforward"]';
    const right = 'may not get or create pods/portforward in namespace "demo"';
    await run(
      cluster.kubeconfigPath,
      new RegExp(`^error: "demo-viewer" ${right} \\(.*\\): ${escaped(rule)}$`),
      '--context=demo-viewer',
    );
  });

  test('403 on what has to be looked at first', () =>
    fails(
      ['svc/web', `${taken.port}:80`, '-n', 'staging', '--context', 'demo-developer'],
      1,
      /"demo-developer" may not get services in namespace "staging" .*verbs: \["get"\], resources: \["services"\]/,
    ));

  test('a server that answers something else than Kubernetes does', async () => {
    await using server = await startHttpServer((_request, response) => response.end('<html>login</html>'));
    await fails(
      ['pod/web', `${taken.port}:80`, '--server', server.url.href],
      1,
      /instead of JSON: check the/,
    );
  });

  test('no answer in the time that was given', async () => {
    await using server = await startHttpServer(() => {});
    const args = ['pod/web', `${taken.port}:80`, '--server', server.url.href, '--request-timeout', '1s'];
    await fails(args, 1, /did not answer within 1 s: check the network, or try again/);
  });
});

describe('control characters come out escaped', () => {
  const EVIL = '\u001b]0;evil\u0007\u009b31m\r\nforged: line';

  test('in what was asked for', async () => {
    await fails([`pod/${EVIL}`, '80'], 2, /"pod\/\\x1b\]0;evil\\x07\\x9b31m\\x0d\\x0aforged: line" is not a/);
    await fails(['pod/web', EVIL], 2, /"\\x1b\]0;evil/);
    await fails([`--${EVIL}`], 2, /\\x1b\]0;evil/);
    await fails(['pod/web', '80', '-n', EVIL], 1, /namespace "\\x1b\]0;evil/);
    await fails(['pod/web', '80', '--context', EVIL], 1, /context "\\x1b\]0;evil/);
    await fails(['pod/web', '80', '--kubeconfig', `/nope/${EVIL}`], 1, /kubeconfig \/nope\/\\x1b\]0;evil/);
  });

  test('in what a cluster says, for people and for programs', async () => {
    await using server = await startHttpServer((_request, response) =>
      answerJson(response, 500, { kind: 'Status', code: 500, message: `etcd ${EVIL}` }),
    );
    const args = ['pod/web', `${taken.port}:80`, '--server', server.url.href];
    await fails(args, 1, /answered 500: etcd \\x1b\]0;evil\\x07\\x9b31m\\x0d\\x0aforged: line/);
    const { status, stdout, stderr } = await runCommand([...args, '--output=json']);
    assert.deepEqual([status, stderr], [1, '']);
    assert.doesNotMatch(stdout, CONTROL);
    const { code, arguments: named } = JSON.parse(stdout.trimEnd().split('\n').at(-1) ?? '');
    assert.equal(code, 'API_ERROR');
    assert.equal(named.reason, `etcd ${EVIL}`);
  });

  test('in why a pod does not start', async () => {
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
    await fails(args, 1, /pod "pending" is ImagePull\\x1b\]0;evil/);
  });
});

/** What an error suggests has to be free on every loopback. */
async function assertFree({ stderr }: Pick<CommandEnd, 'stderr'>): Promise<void> {
  const suggestion = Number(/for example (\d+)$/m.exec(stderr)?.[1]);
  assert.ok(suggestion >= 1024, stderr);
  for (const address of loopbacks) await (await holdPort(address, suggestion))[Symbol.asyncDispose]();
}

function escaped(text: string): string {
  return text.replace(/[[\](){}.?*+^$|\\]/g, '\\$&');
}

/** What runs a command without root's rights: nothing where there are none to lose; undefined where that cannot be had. */
function unprivileged(): readonly string[] | undefined {
  if (process.getuid?.() !== 0) return [];
  const through = ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups'];
  const [program = '', ...args] = [...through, process.execPath, COMMAND, '--version'];
  return spawnSync(program, args).status === 0 ? through : undefined;
}

/** A folder that every user may enter. */
async function readableFolder(): Promise<Awaited<ReturnType<typeof temporaryDirectory>>> {
  const created = await temporaryDirectory();
  await chmod(created.path, 0o755);
  return created;
}
