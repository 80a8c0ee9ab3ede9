// Tests the built terminal command with Node for Windows in Wine. `npm run test:wine` runs these tests; `npm test` does
// not.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import net, { type AddressInfo } from 'node:net';
import { after, before, test } from 'node:test';
import { curlCommand } from '../../src/ui/requests/curlCommand.ts';
import { expectedArguments, hostileRequests } from '../support/hostileRequests.ts';
import { waitFor } from '../workbench/harness/limits.ts';
import { fetchText, freePort, isRefused } from '../workbench/support/ports.ts';
import { startWineBench, type WineBench } from './wineBench.ts';

/** A long limit, because the first program that Wine runs must wait until Wine has created its Windows drive. */
const START_LIMIT_MS = 120_000;

let bench: WineBench;
before(async () => {
  bench = await startWineBench();
});
after(async () => {
  await bench[Symbol.asyncDispose]();
});

test('a forward that runs in the foreground carries traffic', async () => {
  const port = await freePort();
  const { child, stdout, stderr } = bench.start(['service/web', `${port}:80`]);
  await waitFor(
    'the forward',
    () => {
      assert.equal(child.exitCode, null, stderr());
      return stdout().includes('Forwarding from') ? true : undefined;
    },
    START_LIMIT_MS,
  );
  assert.match(await fetchText(port), /<!doctype html>/);
  const exited = once(child, 'exit');
  child.kill('SIGKILL');
  await exited;
});

test('forwards left in the background are listed, carry traffic and are stopped', async () => {
  const port = await freePort();
  const detached = await bench.run(['--detach', 'service/web', `${port}:80`]);
  assert.equal(detached.status, 0, detached.stderr);
  assert.match(await fetchText(port), /<!doctype html>/);
  const listed = await bench.run(['list']);
  assert.match(listed.stdout, new RegExp(`\\b${port}\\b`), listed.stderr);
  const stopped = await bench.run(['stop', String(port)]);
  assert.match(stopped.stdout, /Stopped 1 forward/, stopped.stderr);
  assert.equal(await isRefused(port), true);
});

test('names of environment variables ignore case', async () => {
  const port = await freePort();
  const kubeconfig = `Z:${bench.cluster.kubeconfigPath.replaceAll('/', '\\')}`;
  const detached = await bench.run(['--detach', 'service/web', `${port}:80`], {
    KUBECONFIG: undefined,
    kubeconfig,
  });
  assert.equal(detached.status, 0, detached.stderr);
  await bench.run(['stop', String(port)]);
});

test('a batch file as exec plugin is found by its bare name, and gets its arguments', async () => {
  const token = bench.cluster.token('demo-admin');
  const credential = JSON.stringify({
    apiVersion: 'client.authentication.k8s.io/v1',
    kind: 'ExecCredential',
    status: { token },
  });
  bench.writeProgram('login.cmd', `@echo off\r\nif not "%~2"=="a & b" exit /b 3\r\necho ${credential}\r\n`);
  const kubeconfig = bench.writePluginKubeconfig('login', ['get-token', 'a & b']);
  const port = await freePort();
  const detached = await bench.run(['--detach', 'service/web', `${port}:80`], { KUBECONFIG: kubeconfig });
  assert.equal(detached.status, 0, detached.stderr);
  assert.match(await fetchText(port), /<!doctype html>/);
  await bench.run(['stop', String(port)]);
});

test('a batch file as exec plugin is refused an argument that cmd.exe would change', async () => {
  bench.writeProgram('login.cmd', '@exit /b 1\r\n');
  const kubeconfig = bench.writePluginKubeconfig('login.cmd', ['%PATH%']);
  const { status, stderr } = await bench.run(['service/web', ':80'], { KUBECONFIG: kubeconfig });
  assert.equal(status, 1);
  assert.match(stderr, /is a batch file/);
});

test('a taken port is reported as in use', async () => {
  const server = net.createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  try {
    const { status, stderr } = await bench.run(['service/web', `${port}:80`]);
    assert.equal(status, 1);
    assert.match(stderr, new RegExp(`port ${port} on 127.0.0.1 is in use by`));
  } finally {
    server.close();
  }
});

test('the batch file of integrated terminals passes arguments and exit status on', async () => {
  const version = await bench.runBatchFile(['--version']);
  assert.deepEqual([version.status, version.stdout], [0, '0.1.0\n'], version.stderr);
  const wrong = await bench.runBatchFile(['--no-such-option']);
  assert.equal(wrong.status, 2, wrong.stderr);
  assert.match(wrong.stderr, /--no-such-option/);
});

test('a curl command for the Command Prompt reaches curl correctly, whatever the request contains', async () => {
  const requests = hostileRequests(400).flatMap((request) => {
    const { shell, text } = curlCommand(request, { shell: 'cmd', isWindows: true });
    return shell === 'cmd' ? [{ request, line: text.replace(/^curl\.exe/, 'arguments.exe -') }] : [];
  });
  assert.ok(requests.length > 40, `${requests.length} requests`);
  const calls = await bench.typeInCommandPrompt(requests.map(({ line }) => line));
  assert.deepEqual(
    calls,
    requests.map(({ request }) => expectedArguments(request)),
  );
});
