import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import net from 'node:net';
import { constants } from 'node:os';
import { join } from 'node:path';
import { after, suite, test } from 'node:test';
import { connectToHost } from '../../../src/rpc/connectToHost.ts';
import { startGateway } from '../../../src/rpc/gatewayContract.ts';
import { latestRecord } from '../../../src/rpc/hostRecord.ts';
import { ASKS_BY_CHANNEL } from '../../support/askToEnd.ts';
import { readUntilText } from '../../support/demoGateway.ts';
import { hostProgram } from '../../support/hostClients.ts';
import { kubeconfigText } from '../../support/kubeconfigText.ts';
import { get } from '../../support/tcpClient.ts';
import { TestTcpServer } from '../../support/tcpServer.ts';
import { temporaryFolder } from '../../support/temporaryDirectory.ts';
import { backgroundFor } from './background.ts';
import { CommandProcess, runCommand } from './commandProcess.ts';

/**
 * JavaScript that fetches a page through the proxy in the environment. Exits with 5 after the status 200, else with 6.
 */
const CLIENT = `
  const { hostname, port, username, password } = new URL(process.env.http_proxy);
  const headers = username === '' ? {} : { 'Proxy-Authorization': 'Basic ' + btoa(username + ':' + password) };
  require('node:http').get({ host: hostname, port, path: process.argv[1], headers }, (response) => {
    response.pipe(process.stdout);
    response.on('end', () => (process.exitCode = response.statusCode === 200 ? 5 : 6));
  });
`;

/** Arguments of `proxy` that open the namespace `demo` and run the JavaScript that follows. */
const ON_NODE = ['-n', 'demo', '--port', '0', '--', process.execPath, '-e'];

const background = await backgroundFor({ after });

suite('kube-port-forward proxy', () => {
  const begin = (...args: readonly string[]) => background.begin('proxy', ...args);
  const run = (...args: readonly string[]) => background.run('proxy', ...args);
  const runNode = (script: string, ...args: readonly string[]) => run(...ON_NODE, script, ...args);

  test('runs a program that reaches the namespace by its names, and exits with its status', async () => {
    const { status, stdout } = await runNode(CLIENT, 'http://web/api/pod');
    assert.equal(status, 5, stdout);
    assert.match(stdout, /"namespace":"demo"/);
    const none = await run('-n', 'demo', '--port', '0', '--', 'no-such-program-here');
    assert.equal(none.status, 127);
    assert.match(none.stderr, /cannot run no-such-program-here: it is not installed or not on the PATH/);
  });

  test("does not pass on the variable that makes VS Code's program run as Node", async () => {
    const environment = { KUBECONFIG: background.cluster.kubeconfigPath, ELECTRON_RUN_AS_NODE: '1' };
    const script = 'console.log(process.env.ELECTRON_RUN_AS_NODE)';
    const { stdout, stderr } = await runCommand(['proxy', ...ON_NODE, script], { environment });
    assert.equal(stdout, 'undefined\n', stderr);
  });

  test('passes signals on to the program, and ends with the program and its exit status', {
    // On Windows, the console itself asks both processes to end, so no signals are passed on.
    skip: ASKS_BY_CHANNEL,
  }, async () => {
    const program = (onSignal: string) => `
      for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => { ${onSignal} });
      setInterval(() => {}, 1_000);
      console.log(process.pid + ' running on ' + new URL(process.env.http_proxy).port);
    `;
    const start = (script: string) => begin(...ON_NODE, script);
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
      await using own = start(program("console.log('got ' + signal); process.exitCode = 9; process.exit();"));
      const [, port] = await own.output(/running on (\d+)/);
      const end = await own.stop(signal);
      assert.deepEqual([end.status, end.signal], [9, null], end.stderr);
      assert.equal(end.stdout.split(`got ${signal}`).length, 2, 'once');
      await assert.rejects(get(Number(port)), 'the port is open without the program');
    }
    await using untold = start("setInterval(() => {}, 1_000); console.log('running on')");
    await untold.output(/running on/);
    assert.equal((await untold.stop('SIGTERM')).status, 128 + constants.signals.SIGTERM);
    await using slow = start(program("console.log('asked')"));
    const [, processId] = await slow.output(/(\d+) running on/);
    slow.ask('SIGINT');
    await slow.output(/asked/);
    // The program ignores signals. While it runs, the command keeps running, and passes further signals on.
    slow.ask('SIGTERM');
    await slow.output(/asked\nasked/);
    assert.equal(slow.child.exitCode, null);
    process.kill(Number(processId), 'SIGKILL');
    assert.equal((await slow.ended()).status, 128 + constants.signals.SIGKILL);
  });

  test('lets only the program that it runs connect outside the namespaces', async () => {
    await using outside = await TestTcpServer.start((socket) =>
      socket.once('data', (bytes) => socket.end(`HTTP/1.0 200 OK\r\n\r\n${bytes}`)),
    );
    const { href: url } = new URL('/seen', outside.url('http'));
    const { status, stdout } = await runNode(CLIENT, url);
    assert.equal(status, 5, stdout);
    assert.match(stdout, /^GET \/seen HTTP\/1.1/);
    // The secret must reach only the gateway, and no server.
    assert.doesNotMatch(stdout, /proxy-authorization/i);
    const withoutSecret = `process.env.http_proxy = process.env.http_proxy.replace(/\\/\\/.*@/, '//'); ${CLIENT}`;
    const refused = await runNode(withoutSecret, url);
    assert.equal(refused.status, 6);
  });

  test('prints the open namespaces, and ends on request', async () => {
    await using command = begin('-n', 'demo', '-n', 'staging', '--port', '0', '-o', 'json');
    const ready = await command.event('ready');
    assert.deepEqual(ready['namespaces'], ['demo', 'staging']);
    const socket = net.connect(Number(ready['localPort']), '127.0.0.1');
    socket.write('GET /api/pod HTTP/1.1\r\nHost: web.staging.localhost\r\n\r\n');
    await readUntilText(socket, /"namespace":"staging"/);
    socket.destroy();
    const { status } = await command.stop();
    assert.equal(status, 0);
    assert.ok(command.events.some(({ event }) => event === 'stopped'));
  });

  test('prints each request with its service', async () => {
    await using command = begin('-n', 'demo', '--port', '0', '--log-requests');
    await command.output(/For programs that use only these services/);
    const port = Number(/http:\/\/localhost:(\d+)\//.exec(command.stdout)?.[1]);
    const socket = net.connect(port, '127.0.0.1');
    socket.write('GET /api/pod?token=planted HTTP/1.1\r\nHost: web.demo.localhost\r\n\r\n');
    await command.output(
      /^web\.demo \d\d:\d\d:\d\d GET \/api\/pod\?token 200 [\d.]+ m?s \d+ B pod\/web-\S+$/m,
    );
    socket.destroy();
    assert.equal((await command.stop()).status, 0);
    const client = [process.execPath, '-e', CLIENT, 'http://web/api/pod'];
    const program = await run('-n', 'demo', '--port', '0', '--log-requests', '--', ...client);
    assert.equal(program.status, 5);
    assert.match(program.stderr, /^web\.demo \S+ GET \/api\/pod 200 /m);
    assert.doesNotMatch(program.stdout, /GET/);
  });

  test('in the background it is listed, joined, and stopped by its port', async () => {
    const { status, stdout } = await run('-n', 'demo', '--port', '0', '--detach', '-o', 'json');
    assert.equal(status, 0);
    const { localPort, variables: printed } = JSON.parse(stdout) as {
      readonly localPort: number;
      readonly variables: Readonly<Record<string, string>>;
    };
    const joined = await run('-n', 'staging', '--env');
    assert.match(
      joined.stdout,
      new RegExp(`^export HTTP_PROXY='http://kube:[\\w-]+@127.0.0.1:${localPort}'$`, 'm'),
    );
    const otherPort = String(localPort - 1);
    const refused = await run('-n', 'demo', '--port', otherPort, '--detach', '--log-requests');
    assert.equal(refused.status, 1);
    assert.match(
      refused.stderr,
      new RegExp(`is already running on port ${localPort}: remove --port, or stop`),
    );
    // In a shell with these variables, `proxy` must print the same gateway again, and not start a gateway behind a
    // gateway.
    const exported = [...joined.stdout.matchAll(/^export (\w+)='(.*)'$/gm)];
    const variables = Object.fromEntries(exported.map(([, name, value]) => [name, value]));
    for (const inside of [variables, printed]) {
      await using again = background.beginIn(inside, 'proxy', '-n', 'demo', '--env');
      assert.match((await again.ended()).stdout, new RegExp(`@127.0.0.1:${localPort}'$`, 'm'));
    }
    const host = background.run;
    assert.match((await host('list')).stdout, /\(all services\) +demo,staging +demo-admin +ready/);
    assert.match(
      (await host('requests', String(localPort))).stderr,
      /request log of namespace\/demo, .* is off/,
    );
    await using following = background.begin('requests', 'web.demo', '--follow', '-o', 'json');
    await following.errors(/request log of web\.demo is now on/);
    for (const name of ['web.staging', 'web.demo']) {
      const socket = net.connect(localPort, '127.0.0.1');
      socket.write(`GET /of/${name} HTTP/1.1\r\nHost: ${name}.localhost\r\nConnection: close\r\n\r\n`);
      await readUntilText(socket, /HTTP\/1.1 404/);
    }
    const [line] = await following.output(/^\{.*\}$/m);
    const { service, path, forward } = JSON.parse(line) as Record<string, unknown>;
    assert.deepEqual([service, path, forward], ['web.demo', '/of/web.demo', undefined]);
    assert.equal((await following.stop('SIGINT')).status, 0);
    await using all = background.begin('requests', String(localPort), '--follow');
    await all.errors(/request log of namespace\/demo, .* is now on/);
    assert.equal((await all.stop('SIGINT')).status, 0);
    assert.match(
      (await host('requests', String(localPort))).stdout,
      /^web\.demo \S+ GET \/of\/web\.demo 404 /,
    );
    assert.equal((await host('stop', 'namespace/staging')).stdout, 'Stopped 1 forward.\n');
    assert.match((await host('list')).stdout, /\(all services\) +demo +demo-admin +ready/);
    assert.match((await host('stop', String(localPort))).stdout, /^Stopped 1 forward/);
    assert.equal((await host('list')).stdout, 'No forwards found.\n');
  });

  test('in the background with --log-requests, its log is on', async () => {
    const args = ['-n', 'demo', '--port', '0', '--detach', '--log-requests', '-o', 'json'];
    const { localPort } = JSON.parse((await run(...args)).stdout) as { readonly localPort: number };
    await get(localPort, 'http://web/healthz');
    const { stdout } = await background.run('requests', String(localPort));
    assert.match(stdout, /^web\.demo \S+ GET \/healthz 200 /);
    await background.run('stop', String(localPort));
  });

  test('a signal ends the start of a background proxy although the background process hangs', {
    // Windows cannot freeze a process.
    skip: process.platform === 'win32',
  }, async (t) => {
    await using silent = await TestTcpServer.start();
    const folder = await temporaryFolder(t);
    const kubeconfig = join(folder, 'config');
    await writeFile(kubeconfig, kubeconfigText({ server: silent.url('http').href }));
    const environment = { KUBECONFIG: kubeconfig, KUBE_PORT_FORWARD_HOST_FOLDER: folder };
    const args = ['proxy', '-n', 'demo', '--port', '0', '--detach'];
    await using command = new CommandProcess(args, { environment });
    await silent.tcpConnection();
    const processId = (await latestRecord(folder))?.record.processId;
    assert.ok(processId);
    process.kill(processId, 'SIGSTOP');
    t.after(() => process.kill(processId, 'SIGKILL'));
    assert.equal((await command.stop('SIGINT')).status, 0);
  });

  test('a stopped namespace names the window that also used it', async (t) => {
    const { cluster, folder, run: host } = background;
    const window = await connectToHost({
      ...{ mode: 'joinOrStart', folder, program: hostProgram(), client: { name: 'window', version: '1' } },
      ...{ environment: {}, kubeconfigFiles: [], signal: AbortSignal.timeout(20_000) },
    });
    t.after(() => window.dispose());
    await window.request(startGateway, {
      context: { kubeconfig: cluster.kubeconfigPath, context: 'demo-developer' },
      namespaces: ['demo', 'staging'],
      localPort: { mode: 'preferred', port: 0 },
      holder: { id: 'window', kind: 'window', window: 'shop' },
    });
    const { stdout } = await host('stop', 'ns/staging', '--context', 'demo-developer');
    assert.equal(stdout, 'Stopped 1 forward.\nnamespace/staging was also used by window shop.\n');
    await host('stop', '--all', '--context', 'demo-developer');
  });

  test('reports errors in one line', async () => {
    const rows = [
      [['-n', 'nowhere'], 1, /namespace "nowhere" not found/],
      [['-n', 'kube-system', '--context', 'demo-getonly'], 1, /cannot list/],
      [['--port', 'x'], 2, /--port/],
      [['-n', 'demo', '--'], 2, /specify a program/],
      [['-n', 'demo', '--detach', '--token', 'secret'], 2, /remove --token/],
      [['web'], 2, /unexpected argument "web"/],
      [['--address', '0.0.0.0'], 2, /--address cannot be used/],
      [['--follow'], 2, /--follow cannot be used/],
    ] as const;
    for (const [args, expected, line] of rows) {
      const { status, stderr, stdout } = await run(...args);
      assert.equal(status, expected, `${args.join(' ')}: ${stderr}`);
      assert.match(stderr, line);
      assert.equal(stdout, '');
      assert.equal(stderr.trim().split('\n').length, 1, stderr);
    }
  });
});
