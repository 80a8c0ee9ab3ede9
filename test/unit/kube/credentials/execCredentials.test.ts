import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { basename, dirname, join } from 'node:path';
import { text } from 'node:stream/consumers';
import { test } from 'node:test';
import { CodedError, isCoded } from '../../../../src/base/errors.ts';
import {
  ExecCredentials,
  type ExecCredentialsOptions,
} from '../../../../src/kube/credentials/execCredentials.ts';
import type { ExecConfig } from '../../../../src/kube/kubeconfig/kubeconfigFile.ts';
import { coded } from '../../../support/coded.ts';
import { eventually } from '../../../support/eventually.ts';
import { createTestPlugin, isAlive, type TestPlugin } from '../../../support/execPlugin.ts';
import { FakeClock } from '../../../support/fakeClock.ts';
import { never } from '../../../support/never.ts';

const SECRET = 'planted-secret';

function credentials(plugin: TestPlugin, config: ExecConfig, more: Partial<ExecCredentialsOptions> = {}) {
  return new ExecCredentials({
    user: 'dev',
    config,
    environment: plugin.environment,
    homeFolder: plugin.directory,
    isTerminalInteractive: false,
    execInfo: async (interactive) => JSON.stringify({ apiVersion: config.apiVersion, spec: { interactive } }),
    ...more,
  });
}

/** Asserts that a run fails with a reason, and that no output of the plugin is in the error. */
const rejects = (promise: Promise<unknown>, reason: RegExp) =>
  assert.rejects(promise, coded('CREDENTIALS_FAILED', reason, SECRET));

/** Expects that these credentials cannot be read. */
const refuses = (plugin: TestPlugin, config: ExecConfig, reason: RegExp) =>
  rejects(credentials(plugin, config).get(never), reason);

test('a fresh answer is kept until shortly before it expires, then the plugin runs again', async () => {
  await using plugin = await createTestPlugin();
  let now = Date.now();
  const expirationTimestamp = new Date(now + 600_000).toISOString();
  const config = plugin.config('answer', JSON.stringify({ token: 'abc', expirationTimestamp }));
  const source = credentials(plugin, config, { wallClock: () => now });
  assert.deepEqual(await source.get(never), { authorization: 'Bearer abc' });
  now += 580_000;
  await source.get(never);
  assert.equal(plugin.runs().length, 1);
  now += 15_000;
  await source.get(never);
  assert.equal(plugin.runs().length, 2);
});

test('an answer that has already expired is used, and not renewed with every request', async () => {
  await using plugin = await createTestPlugin();
  let now = Date.now();
  const config = plugin.config('answer', '{"token":"abc","expirationTimestamp":"2001-01-01T00:00:00Z"}');
  const source = credentials(plugin, config, { wallClock: () => now });
  assert.deepEqual(await source.get(never), { authorization: 'Bearer abc' });
  await source.get(never);
  assert.equal(plugin.runs().length, 1);
  now += 60_000;
  await source.get(never);
  assert.equal(plugin.runs().length, 2);
});

test('a plugin runs although the home folder does not exist', async () => {
  await using plugin = await createTestPlugin();
  const config = plugin.config('answer', '{"token":"abc"}');
  const source = credentials(plugin, config, { homeFolder: join(plugin.directory, 'missing') });
  assert.deepEqual(await source.get(never), { authorization: 'Bearer abc' });
});

test('callers at the same time share one run', async () => {
  await using plugin = await createTestPlugin();
  const source = credentials(plugin, plugin.config('counted'));
  const all = await Promise.all([source.get(never), source.get(never), source.get(never)]);
  assert.equal(plugin.runs().length, 1);
  assert.equal(new Set(all.map(({ authorization }) => authorization)).size, 1);
});

test('a 401 runs the plugin once more, and a 401 to fresh credentials asks for a person', async () => {
  await using plugin = await createTestPlugin();
  const clock = new FakeClock();
  const source = credentials(plugin, plugin.config('counted'), { clock });
  const first = await source.get(never);
  assert.equal(source.invalidate(first), true);
  const second = await source.get(never);
  assert.notDeepEqual(second, first);
  assert.equal(source.invalidate(first), true, 'newer ones are there already');
  assert.deepEqual(await source.get(never), second);
  assert.equal(plugin.runs().length, 2);

  assert.equal(source.invalidate(second), false);
  assert.ok(source.needsSignIn);
  await rejects(source.get(never), /the server rejects the credentials from the plugin: sign in again/);
  assert.equal(plugin.runs().length, 2);
  await source.signIn(never);
  assert.equal(plugin.runs().length, 3);
  assert.ok(!source.needsSignIn);

  const third = await source.get(never);
  assert.equal(source.invalidate(third), true);
  const renewed = await source.get(never);
  clock.advance(300_000);
  assert.equal(source.invalidate(renewed), true, 'it was good for a while');
});

test('a failure has the exit code alone in the error, live messages, and no second run by itself', async () => {
  await using plugin = await createTestPlugin();
  const lines: string[] = [];
  const source = credentials(plugin, plugin.config('fail'), {
    onPluginOutput: (user, line) => lines.push(`${user}: ${line}`),
  });
  await rejects(
    source.get(never),
    /^cannot get credentials for user "dev": the plugin "node" failed with exit code 3: see its output$/,
  );
  assert.deepEqual(lines, [
    'dev: first line',
    'dev: planted-secret on stderr',
    'dev: last line without an end',
  ]);
  await rejects(source.get(never), /exit code 3/);
  assert.equal(plugin.runs().length, 1);
  await rejects(source.signIn(never), /exit code 3/);
  assert.equal(plugin.runs().length, 2);
});

for (const [title, interactiveMode, isUnattended] of [
  ['a plugin that never asks a person', 'Never', false],
  ['a plugin of a program in which nobody can sign in', 'IfAvailable', true],
] as const) {
  test(`${title} runs again by itself, after pauses that grow to 5 minutes`, async () => {
    await using plugin = await createTestPlugin();
    const clock = new FakeClock();
    const config = plugin.config('fail', undefined, { interactiveMode });
    const source = credentials(plugin, config, { clock, random: () => 1, isUnattended });
    for (const [index, seconds] of [1, 2, 4].entries()) {
      await rejects(source.get(never), /exit code 3/);
      assert.ok(!source.needsPerson);
      clock.advance(seconds * 1_000 - 1);
      await rejects(source.get(never), /exit code 3/);
      assert.equal(plugin.runs().length, index + 1, `no run within ${seconds} s`);
      clock.advance(1);
    }
    await rejects(source.signIn(never), /exit code 3/);
    await rejects(source.signIn(never), /exit code 3/);
    assert.equal(plugin.runs().length, 5, 'a person who asks for it does not wait');
  });
}

test('a plugin that fails while the server is unreachable runs once more by itself, as soon as the server is reachable', async () => {
  await using plugin = await createTestPlugin();
  const clock = new FakeClock();
  let outage: CodedError | undefined = new CodedError('UNREACHABLE', { server: 'k', reason: 'offline' });
  const more = { clock, random: () => 1, outage: async () => outage };
  const source = credentials(plugin, plugin.config('fail'), more);
  for (let second = 0; second < 10; second++) {
    const error = await source.get(never).catch((thrown: unknown) => thrown);
    assert.ok(isCoded(error, 'UNREACHABLE'));
    if (second === 0) assert.match(String(error.cause), /exit code 3/);
    assert.ok(source.needsSignIn && !source.needsPerson);
    clock.advance(1_000);
  }
  assert.equal(plugin.runs().length, 1, 'it might open a browser each time');
  outage = undefined;
  await rejects(source.get(never), /exit code 3/);
  assert.ok(source.needsPerson);
  clock.advance(3_600_000);
  await rejects(source.get(never), /exit code 3/);
  assert.equal(plugin.runs().length, 2);
});

test('a plugin that failed while the server was unreachable does not run again because a caller leaves', async () => {
  await using plugin = await createTestPlugin();
  const clock = new FakeClock();
  let leaving: AbortController | undefined;
  const outage = async () => {
    leaving?.abort(new Error('left'));
    return new CodedError('UNREACHABLE', { server: 'k', reason: 'offline' });
  };
  const source = credentials(plugin, plugin.config('fail'), { clock, random: () => 1, outage });
  for (const stage of ['after the run', 'before the next one']) {
    leaving = new AbortController();
    await assert.rejects(source.get(leaving.signal), /left/, stage);
    leaving = undefined;
    await assert.rejects(source.get(never), coded('UNREACHABLE'), stage);
    assert.equal(plugin.runs().length, 1, stage);
    clock.advance(1_000);
  }
  await assert.rejects(source.signIn(never), coded('UNREACHABLE'));
  assert.equal(plugin.runs().length, 2, 'a person who asks for it does not wait for the server');
});

test('invalid, oversized and unsupported answers are refused', async () => {
  await using plugin = await createTestPlugin();
  await refuses(
    plugin,
    plugin.config('raw', SECRET),
    /returned an unusable response: it is not an ExecCredential/,
  );
  await refuses(plugin, plugin.config('endless'), /wrote too much output/);
  const other = JSON.stringify({ apiVersion: 'v2', kind: 'ExecCredential', status: { token: SECRET } });
  await refuses(plugin, plugin.config('raw', other), /apiVersion is not client\.authentication/);
  for (const { pid } of plugin.runs()) assert.ok(!isAlive(pid));
});

test('v1beta1 is supported, v1alpha1 is not', async () => {
  await using plugin = await createTestPlugin();
  const beta = plugin.config('counted', undefined, { apiVersion: 'client.authentication.k8s.io/v1beta1' });
  assert.ok((await credentials(plugin, beta).get(never)).authorization);
  const alpha = plugin.config('counted', undefined, { apiVersion: 'client.authentication.k8s.io/v1alpha1' });
  await refuses(
    plugin,
    alpha,
    /v1alpha1": update the plugin and the kubeconfig to client.authentication.k8s.io\/v1$/,
  );
  assert.equal(plugin.runs().length, 1);
});

test("a missing command shows the kubeconfig's hint and is tried again on request", async () => {
  await using plugin = await createTestPlugin();
  const missing = plugin.config('x', undefined, {
    command: 'no-such-plugin',
    installHint: 'Install it\n  with: brew install it',
  });
  const source = credentials(plugin, missing);
  await rejects(
    source.get(never),
    /the plugin "no-such-plugin" is not installed or not on the PATH: Install it with: brew install it$/,
  );
  await rejects(source.signIn(never), /is not installed/);
  // If the last entry of PATH is a file, the system reports ENOTDIR instead of ENOENT for a missing program.
  const environment = { ...plugin.environment, PATH: `/usr/bin:${process.execPath}` };
  await rejects(credentials(plugin, missing, { environment }).get(never), /is not installed/);
  const directory = plugin.config('x', undefined, { command: plugin.directory });
  await refuses(plugin, directory, /cannot be started \(EACCES\)/);
  const impossible = plugin.config(`${SECRET}\0`);
  await refuses(plugin, impossible, /cannot be started \(EINVAL\)/);
});

test("a plugin is looked up in the caller's PATH, although the kubeconfig sets another PATH for it", async () => {
  await using plugin = await createTestPlugin();
  const [folder, command] = [dirname(process.execPath), basename(process.execPath)];
  const config = (PATH: string) =>
    plugin.config('counted', undefined, { command, environment: [{ name: 'PATH', value: PATH }] });
  const inPath = (PATH: string) => ({ environment: { ...plugin.environment, PATH } });
  await credentials(plugin, config(plugin.directory), inPath(folder)).get(never);
  assert.equal(plugin.runs()[0]?.env?.['PATH'], plugin.directory);
  await rejects(credentials(plugin, config(folder), inPath(plugin.directory)).get(never), /is not installed/);
});

test("a plugin runs in the caller's environment without the editor's variables, in the home folder", async () => {
  await using plugin = await createTestPlugin();
  const config = plugin.config('counted', undefined, {
    environment: [
      { name: 'ADDED', value: 'by kubeconfig' },
      { name: 'AWS_PROFILE', value: 'prod' },
    ],
  });
  const environment = {
    ...plugin.environment,
    AWS_PROFILE: 'dev',
    ELECTRON_RUN_AS_NODE: '1',
    VSCODE_IPC_HOOK: 'x',
    KUBERNETES_EXEC_INFO: 'stale',
  };
  await credentials(plugin, config, { environment }).get(never);
  const [run] = plugin.runs();
  assert.equal(run?.cwd, plugin.directory);
  assert.deepEqual(JSON.parse(run?.env?.KUBERNETES_EXEC_INFO ?? ''), {
    apiVersion: 'client.authentication.k8s.io/v1',
    spec: { interactive: false },
  });
  const { KUBERNETES_EXEC_INFO, __CF_USER_TEXT_ENCODING, ...rest } = run?.env ?? {};
  assert.deepEqual(rest, { ...plugin.environment, ADDED: 'by kubeconfig', AWS_PROFILE: 'prod' });
});

test('a plugin that does not end is ended after a minute with its children', async () => {
  await using plugin = await createTestPlugin();
  const clock = new FakeClock();
  const lines: string[] = [];
  const source = credentials(plugin, plugin.config('slow'), {
    clock,
    onPluginOutput: (_user, line) => lines.push(line),
  });
  const failed = rejects(source.get(never), /did not finish within 60 s/);
  await eventually(() => plugin.runs().length === 2 && lines.length === 1, 'both should run');
  clock.advance(59_999);
  assert.deepEqual(lines, ['open your browser'], 'told while it runs');
  clock.advance(1);
  const runs = plugin.runs();
  await eventually(() => !runs.some(({ pid }) => isAlive(pid)), 'both should end');
  // In a container, ended processes may stay as zombies. They look alive to the code, which then waits another 2 s.
  clock.advance(2000);
  await failed;
  assert.ok(source.needsSignIn);
  assert.equal(clock.pending, 0);
});

test('a plugin that ignores SIGTERM is killed', async () => {
  await using plugin = await createTestPlugin();
  const clock = new FakeClock();
  const abort = new AbortController();
  const source = credentials(plugin, plugin.config('stubborn'), {
    clock,
    onPluginOutput: () => abort.abort(new Error('enough')),
  });
  await assert.rejects(source.get(abort.signal), /enough/);
  const [run] = plugin.runs();
  assert.ok(run && isAlive(run.pid));
  clock.advance(2000);
  await eventually(() => !isAlive(run.pid), 'it should end');
  assert.equal(clock.pending, 0);
});

test('an abort ends the run when nobody else waits for it', async () => {
  await using plugin = await createTestPlugin();
  const [one, two] = [new AbortController(), new AbortController()];
  const started = Promise.withResolvers<void>();
  const source = credentials(plugin, plugin.config('slow'), { onPluginOutput: () => started.resolve() });
  const first = source.get(one.signal);
  const second = source.get(two.signal);
  await started.promise;
  await eventually(() => plugin.runs().length === 2, 'both should run');
  one.abort(new Error('first left'));
  await assert.rejects(first, /first left/);
  const [run] = plugin.runs();
  assert.ok(run && isAlive(run.pid));
  two.abort(new Error('second left'));
  await assert.rejects(second, /second left/);
  await eventually(() => !isAlive(run.pid), 'it should end');
  assert.ok(!source.needsSignIn, 'that was no failure of the plugin');
});

test('a renewal whose run was aborted is still a renewal, so that a second 401 asks for a person', async () => {
  await using plugin = await createTestPlugin();
  const source = credentials(plugin, plugin.config('counted'));
  assert.ok(source.invalidate(await source.get(never)));
  const abort = new AbortController();
  const aborted = source.get(abort.signal);
  abort.abort(new Error('left'));
  await assert.rejects(aborted, /left/);
  assert.ok(!source.invalidate(await source.get(never)));
  assert.ok(source.needsPerson);
});

test('a request to the plugin that cannot be created does not run the plugin, and the next call tries again', async () => {
  await using plugin = await createTestPlugin();
  const config = plugin.config('counted');
  const unreadable = new CodedError('TLS', { server: 'https://k', reason: 'unreadable' });
  let calls = 0;
  const info = JSON.stringify({ apiVersion: config.apiVersion, spec: {} });
  const execInfo = () => (++calls === 2 ? Promise.reject(unreadable) : Promise.resolve(info));
  const source = credentials(plugin, config, { execInfo });
  assert.ok(source.invalidate(await source.get(never)));
  await assert.rejects(source.get(never), unreadable);
  assert.equal(plugin.runs().length, 1);
  assert.ok(!source.needsSignIn);
  assert.ok(!source.invalidate(await source.get(never)), 'the run is still a renewal');
});

test('a child that the plugin leaves behind does not delay its answer', async () => {
  await using plugin = await createTestPlugin();
  const source = credentials(plugin, plugin.config('daemon'));
  assert.deepEqual(await source.get(never), { authorization: 'Bearer abc' });
  const [, child] = plugin.runs();
  assert.ok(child && isAlive(child.pid), 'an agent that it started goes on');
});

test('a plugin that must ask on a terminal is not started without one', async () => {
  await using plugin = await createTestPlugin();
  const config = plugin.config('ask', undefined, { interactiveMode: 'Always' });
  await refuses(plugin, config, /needs a terminal: sign in with the plugin in a terminal/);
  assert.equal(plugin.runs().length, 0);
});

test('a question without a terminal gets no answer and does not hang', async () => {
  await using plugin = await createTestPlugin();
  const source = credentials(plugin, plugin.config('ask'));
  await rejects(source.get(never), /returned an unusable response|failed with/);
});

test('a plugin on a terminal writes its question there and reads the answer', async (t) => {
  await using plugin = await createTestPlugin();
  const program = `
    const { ExecCredentials } = await import(${JSON.stringify(new URL('../../../../src/kube/credentials/execCredentials.ts', import.meta.url).href)});
    const source = new ExecCredentials({
      user: 'dev', config: ${JSON.stringify(plugin.config('ask'))}, environment: process.env,
      homeFolder: '/', isTerminalInteractive: true,
      execInfo: async (interactive) => JSON.stringify({ apiVersion: 'client.authentication.k8s.io/v1', spec: { interactive } }),
    });
    process.stdout.write(JSON.stringify(await source.get(new AbortController().signal)));
  `;
  const child = spawn(process.execPath, ['--input-type=module', '-e', program], {
    env: plugin.environment,
    stdio: 'pipe',
  });
  t.after(() => child.kill('SIGKILL'));
  const [question] = await once(child.stderr, 'data');
  assert.equal(String(question), 'Password: ');
  child.stdin.write('my answer\n');
  assert.equal(await text(child.stdout), '{"authorization":"Bearer my answer"}');
  assert.equal(JSON.parse(plugin.runs()[0]?.env?.KUBERNETES_EXEC_INFO ?? '').spec.interactive, true);
  child.stdin.end();
});

test('lines for people show neither the last token, nor one of its form, nor a secret that the plugin was given', async () => {
  await using plugin = await createTestPlugin();
  const token = 'planted-secret-of-a-plugin';
  const jwt = 'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJtZSJ9.c2lnbmF0dXJl';
  const lines: string[] = [];
  const config = plugin.config('telling', JSON.stringify({ token }), {
    environment: [
      { name: 'CLIENT_SECRET', value: 'hunter22' },
      { name: 'TELL', value: `${token} ${jwt} hunter22 Bearer abc` },
    ],
  });
  const source = credentials(plugin, config, { onPluginOutput: (_user, line) => lines.push(line) });
  const given = await source.get(never);
  assert.ok(source.invalidate(given));
  await source.get(never);
  assert.equal(lines[1], '[redacted] [redacted] [redacted] Bearer [redacted]');
  assert.doesNotMatch(lines[0] ?? '', /eyJ|hunter22|abc/);
});
