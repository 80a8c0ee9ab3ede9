import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, suite, test } from 'node:test';
import type { ForwardSnapshot } from '../../../src/rpc/forwardsContract.ts';
import { latestRecord, recordPath } from '../../../src/rpc/hostRecord.ts';
import { eventually } from '../../support/eventually.ts';
import { isAlive } from '../../support/execPlugin.ts';
import { fieldOf } from '../../support/fields.ts';
import { holdPort } from '../../support/localPorts.ts';
import { get } from '../../support/tcpClient.ts';
import { temporaryFolder } from '../../support/temporaryDirectory.ts';
import { backgroundFor } from './background.ts';

/** Arguments for a forward to a pod that stays Pending. */
const PENDING = ['-n', 'demo', 'pod/pending', ':8080', '-d'];

const { cluster, folder, begin, beginIn, run } = await backgroundFor({ after });
const dead = join(await temporaryFolder({ after }), 'dead.yaml');
await writeFile(dead, cluster.kubeconfig.replaceAll(cluster.server.host, '127.0.0.1:1'));

suite('forwards that a terminal leaves behind', () => {
  test('list reports none without a host, and starts no host', async () => {
    const { status, stdout } = await run('list');
    assert.deepEqual({ status, stdout }, { status: 0, stdout: 'No forwards found.\n' });
    assert.equal(await latestRecord(folder), undefined);
  });

  test('forwards continue after the command ends, are listed, and are stopped by name', async () => {
    const started = await run('-n', 'demo', 'svc/web', ':http', '--detach');
    assert.equal(started.status, 0, started.stderr);
    const port = Number(/^Forwarding from 127\.0\.0\.1:(\d+) -> 8080$/m.exec(started.stdout)?.[1]);
    assert.equal((await get(port, '/healthz')).body, 'ok\n');
    const row = new RegExp(`127\\.0\\.0\\.1:${port} +service/web:http +demo +demo-admin +ready`);
    assert.match((await run('list')).stdout, row);
    assert.ok(
      started.stdout.endsWith(`\nRunning in the background. Stop it with: kube-port-forward stop ${port}\n`),
    );
    const asJson = JSON.parse((await run('list', '-o', 'json')).stdout);
    assert.equal(asJson.localPort, port);
    const { status, stdout } = await run('stop', 'svc/web');
    assert.deepEqual({ status, stdout }, { status: 0, stdout: 'Stopped 1 forward.\n' });
    await assert.rejects(get(port, '/healthz'));
  });

  test('requests prints the exchanges from the start of the log or of the following', async () => {
    const logged = await run('-n', 'demo', 'svc/web', ':http', '--detach', '--log-requests');
    const port = Number(/^Forwarding from 127\.0\.0\.1:(\d+) /m.exec(logged.stdout)?.[1]);
    await get(port, '/healthz?token=planted-secret');
    const printed = await run('requests', 'svc/web');
    assert.match(printed.stdout, /^\d\d:\d\d:\d\d GET \/healthz\?token 200 [\d.]+ m?s 3 B pod\/web-\S+\n$/);
    const asJson = JSON.parse((await run('requests', String(port), '-o', 'json')).stdout);
    assert.deepEqual([asJson.forward, asJson.method, asJson.status], ['service/web:http', 'GET', 200]);
    await run('stop', 'svc/web');

    const silent = await run('-n', 'demo', 'pod/web', ':80', '--detach');
    const silentPort = Number(/^Forwarding from 127\.0\.0\.1:(\d+) /m.exec(silent.stdout)?.[1]);
    const options = ['--detach', '--require-ready', '--log-requests'];
    const refused = await run('-n', 'demo', 'pod/web', `${silentPort}:80`, ...options);
    assert.match(refused.stderr, /is already running on port \d+ without --require-ready/);
    const off = await run('requests', 'pod/web');
    assert.equal(off.status, 1);
    assert.match(off.stderr, /^error: the request log of pod\/web:80 is off: add --follow/);
    await using following = begin('requests', 'pod/web', '--follow');
    await following.errors(/request log of pod\/web:80 is now on/);
    await get(silentPort, '/api/time');
    await following.output(/GET \/api\/time 200 /);
    assert.equal((await following.stop('SIGINT')).status, 0);
    await run('stop', 'pod/web');
  });

  test('forwards to the pods of a label selector', async () => {
    const started = await run('-n', 'demo', '-l', 'app=web', ':8080', '--detach');
    const port = Number(/^Forwarding from 127\.0\.0\.1:(\d+) /m.exec(started.stdout)?.[1]);
    assert.equal((await get(port, '/healthz')).body, 'ok\n', started.stderr);
    assert.equal(JSON.parse((await run('list', '-o', 'json')).stdout).target, '-l app=web');
    assert.equal((await run('stop', '-l', 'app=web')).stdout, 'Stopped 1 forward.\n');
  });

  test('the forwards and namespaces of an older host move to the one that replaces it', async () => {
    const left = await run('-n', 'demo', 'pod/web', ':80', '--detach');
    const port = Number(/^Forwarding from 127\.0\.0\.1:(\d+) /m.exec(left.stdout)?.[1]);
    const opened = await run('proxy', '-n', 'demo', '--port', '0', '--detach', '-o', 'json');
    const { localPort: proxyPort } = JSON.parse(opened.stdout);
    await using other = beginIn({ AWS_PROFILE: 'other' }, '-n', 'demo', 'pod/echo', ':7', '--detach');
    assert.equal((await other.ended()).status, 0);
    const older = await latestRecord(folder);
    assert.ok(older !== undefined);
    const announce = (protocol: number) =>
      writeFile(recordPath(folder, older.number), JSON.stringify({ ...older.record, protocol }));
    const process = `the background process \\(PID ${older.record.processId}\\)`;
    await announce(older.record.protocol + 1);
    const newer = new RegExp(`^error: ${process} has the newer version .+: .* update this program\n$`);
    for (const command of [['list'], ['stop', '--all'], ['requests']]) {
      const { status, stdout, stderr } = await run(...command);
      assert.deepEqual({ status, stdout }, { status: 1, stdout: '' });
      assert.match(stderr, newer);
    }
    await announce(older.record.protocol - 1);
    const { status, stderr } = await run('list', '-o', 'json');
    assert.equal(status, 1);
    assert.match(stderr, new RegExp(`^error: ${process} has the older version .+ --detach .* or end it\n$`));
    const added = await run('-n', 'demo', 'svc/web', ':http', '--detach');
    assert.equal(added.status, 0, added.stderr);
    assert.equal(added.stderr, 'The background process was updated, and 1 other forward ended.\n');
    assert.notEqual((await latestRecord(folder))?.record.processId, older.record.processId);
    const answers = async (local: number, path: string) =>
      (await get(local, path).catch(() => undefined))?.status === 200;
    await eventually(() => answers(port, '/healthz'), 'the forward');
    await eventually(() => answers(proxyPort, 'http://web/healthz'), 'the namespace');
    assert.equal((await run('stop', '--all')).stdout, 'Stopped 3 forwards.\n');
  });

  test('a token and other overrides of the kubeconfig are refused, because they would be sent to another process', async () => {
    for (const option of ['--token=secret-of-mine', '--as=jane', '--as-group=a', '--request-timeout=5s']) {
      const { status, stdout, stderr } = await run('-n', 'demo', 'pod/web', ':80', '--detach', option);
      assert.equal(status, 2);
      assert.match(stderr, /^error: --detach .*remove --[a-z-]+\n$/);
      assert.ok(stderr.endsWith(`remove ${option.replace(/=.*/, '')}\n`), stderr);
      assert.ok(!(stdout + stderr).includes('secret-of-mine'));
    }
  });

  for (const [what, args, reason] of [
    ['a missing pod', ['pod/nope', ':80'], /^error: pod "nope" not found in namespace "demo"/],
    [
      'an unreachable server',
      ['pod/web', ':80', '--kubeconfig', dead],
      /^error: cannot reach https:\/\/127\.0\.0\.1:1 /,
    ],
    [
      'a pod that does not run within the timeout',
      ['pod/pending', ':8080', '--pod-running-timeout', '1s'],
      /^Waiting: pod "pending" is Pending\nerror: pod "pending" is still Pending after 1 s: /,
    ],
  ] as const) {
    test(`${what} is reported as in the foreground, and nothing stays behind`, async () => {
      const { status, stdout, stderr } = await run('-n', 'demo', ...args, '-d');
      assert.deepEqual({ status, stdout }, { status: 1, stdout: '' });
      assert.match(stderr, reason);
      assert.equal((await run('list')).stdout, 'No forwards found.\n');
    });
  }

  test('stop of a forward that does not exist is reported', async () => {
    const { status, stderr } = await run('stop', 'svc/nope');
    assert.deepEqual(
      [status, stderr],
      [1, 'error: forward "svc/nope" not found: see kube-port-forward list\n'],
    );
  });

  test("a signal, or somebody's stop, ends the wait and the started forward", async () => {
    await using interrupted = begin(...PENDING, ':8081');
    await interrupted.errors(/Waiting: /);
    const end = await interrupted.stop('SIGTERM');
    assert.deepEqual([end.status, end.stdout], [0, 'Stopped (SIGTERM)\n']);
    assert.equal((await run('list')).stdout, 'No forwards found.\n');
    await using stopped = begin(...PENDING);
    await stopped.errors(/Waiting: /);
    assert.equal((await run('stop', '--all')).stdout, 'Stopped 1 forward.\n');
    const { status, stderr } = await stopped.ended();
    assert.equal(status, 1);
    assert.match(stderr, /\nerror: stopped\n$/);
  });

  test('a command that is killed while it waits leaves nothing in the list', async () => {
    await using killed = begin(...PENDING);
    await killed.errors(/Waiting: /);
    killed.child.kill('SIGKILL');
    await killed.ended();
    await eventually(
      async () => (await run('list')).stdout === 'No forwards found.\n',
      'nothing should be listed',
    );
  });

  test('a pod that is not Ready is forwarded to, as in the foreground', async () => {
    const { status, stdout } = await run('-n', 'demo', 'pod/unready', ':8080', '-d');
    assert.equal(status, 0);
    assert.match(stdout, /^Forwarding from 127\.0\.0\.1:\d+ -> 8080$/m);
    assert.equal((await run('stop', 'unready')).stdout, 'Stopped 1 forward.\n');
  });

  test('several ports are left behind together or not at all, also as JSON events', async () => {
    const taken = await holdPort('127.0.0.1');
    const { port } = taken;
    const args = ['-n', 'demo', 'pod/web', ':80', `${port}:8080`, '-d', '-o', 'json'];
    await using failed = begin(...args);
    assert.equal((await failed.ended()).status, 1);
    await taken[Symbol.asyncDispose]();
    const codes = failed.events.map(({ event, code }) => code ?? event);
    assert.deepEqual(codes, ['starting', 'PORT_IN_USE']);
    assert.equal((await run('list')).stdout, 'No forwards found.\n');
    await using again = begin(...args);
    assert.equal((await again.ended()).status, 0);
    assert.deepEqual(fieldOf(again.events, 'event'), ['starting', 'ready', 'ready', 'detached']);
    const { pod, transport, addresses } = again.events[2] ?? assert.fail();
    assert.deepEqual([pod, transport], [{ namespace: 'demo', name: 'web' }, 'spdy']);
    assert.deepEqual((addresses as readonly unknown[])[0], {
      address: '127.0.0.1',
      localPort: port,
      remotePort: 8080,
    });
    assert.equal((await run('stop', 'web')).stdout, 'Stopped 2 forwards.\n');
  });

  test('the output names both loopbacks if both are bound', async () => {
    const { stdout } = await run('-n', 'demo', 'services/echo', ':7', '-d');
    const { localPort, localAddresses } = JSON.parse(
      (await run('list', '-o', 'json')).stdout,
    ) as ForwardSnapshot;
    for (const { address } of localAddresses ?? assert.fail()) {
      const text = address.includes(':') ? `[${address}]` : address;
      assert.ok(stdout.includes(`Forwarding from ${text}:${localPort} -> 7\n`), stdout);
    }
    assert.equal((await run('stop', 'services/echo')).stdout, 'Stopped 1 forward.\n');
  });

  test('the JSON of list escapes a character of a context name that would change the direction of text', async () => {
    const odd = join(await temporaryFolder({ after }), 'odd.yaml');
    await writeFile(odd, cluster.kubeconfig.replaceAll('demo-admin', 'demo-\u202eadmin'));
    await run('-n', 'demo', 'pod/web', ':80', '-d', '--kubeconfig', odd);
    const { stdout } = await run('list', '-o', 'json');
    assert.ok(stdout.includes('"context":"demo-\\u202eadmin"'), JSON.stringify(stdout));
    await run('stop', 'pod/web');
  });

  test('stop asks for the address of a local port that forwards have on different addresses', {
    // macOS has no other loopback address than 127.0.0.1.
    skip: process.platform === 'darwin',
  }, async () => {
    const here = await run('-n', 'demo', 'svc/web', ':http', '-d');
    const port = Number(/^Forwarding from 127\.0\.0\.1:(\d+) /m.exec(here.stdout)?.[1]);
    const there = await run('-n', 'demo', 'pod/echo', `${port}:7`, '-d', '--address', '127.0.0.2');
    const command = `kube-port-forward stop 127.0.0.2:${port}\n`;
    assert.ok(there.stdout.endsWith(command), there.stdout + there.stderr);
    for (const verb of ['stop', 'requests']) {
      const refused = await run(verb, String(port));
      assert.equal(refused.status, 1);
      assert.ok(refused.stderr.includes(` at 127.0.0.1:${port} and 127.0.0.2:${port}: `), refused.stderr);
    }
    assert.equal((await run('stop', `127.0.0.2:${port}`)).stdout, 'Stopped 1 forward.\n');
    assert.equal((await get(port, '/healthz')).status, 200);
    assert.equal((await run('stop', String(port))).stdout, 'Stopped 1 forward.\n');
  });

  test('list and stop select by namespace, context and kubeconfig, and refuse an ambiguous name', async () => {
    await run('-n', 'demo', 'svc/web', ':http', '-d');
    await run('-n', 'demo', 'svc/web', ':http', '-d', '--context', 'demo-developer');
    const refused = await run('stop', 'svc/web', '-n', 'demo');
    assert.equal(refused.status, 1);
    assert.match(
      refused.stderr,
      /^error: "svc\/web" matches forwards in .*"demo-admin" and .*"demo-developer": .*\n$/,
    );
    assert.match((await run('list', '--context', 'demo-admin')).stdout, /^LABEL.*\n.*demo-admin.*\n$/);
    for (const other of [
      ['-n', 'staging'],
      ['--kubeconfig', cluster.kubeconfigPath],
    ]) {
      assert.equal((await run('list', ...other)).stdout, 'No forwards found.\n');
      assert.equal((await run('stop', '--all', ...other)).stdout, 'Stopped 0 forwards.\n');
    }
    const one = await run('stop', 'svc/web', '--context', 'demo-developer');
    assert.equal(one.stdout, 'Stopped 1 forward.\n');
    assert.equal((await run('list', '--token=secret')).status, 2);
    // Four commands stop all forwards at the same time. A forward that another command has already stopped is no error.
    const ends = await Promise.all([1, 2, 3, 4].map(() => run('stop', '--all')));
    assert.deepEqual(fieldOf(ends, 'status'), [0, 0, 0, 0]);
  });

  test('the kubeconfig of the command line is used, and a killed host is reported', async () => {
    const text = await readFile(cluster.kubeconfigPath, 'utf8');
    assert.match(text, /demo-admin/);
    const args = ['--kubeconfig', cluster.kubeconfigPath, '-n', 'demo', 'pod/echo', ':7', '-d'];
    const { status, stderr } = await run(...args);
    assert.equal(status, 0, stderr);
    const { stdout } = await run('stop', '--all');
    assert.equal(stdout, 'Stopped 1 forward.\n');
    const { record } = (await latestRecord(folder)) ?? assert.fail('no host');
    await using waiting = begin(...PENDING);
    await waiting.errors(/Waiting: /);
    process.kill(record.processId, 'SIGKILL');
    assert.match((await waiting.ended()).stderr, /\nerror: the background process ended unexpectedly\n$/);
    await eventually(() => !isAlive(record.processId), 'the host does not end');
  });
});
