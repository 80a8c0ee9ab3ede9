import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { chmod, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { complete } from '../../../src/cli/completion/complete.ts';
import { completionScript } from '../../../src/cli/completion/completionScript.ts';
import { demoClusterFor } from '../../support/demoForward.ts';
import { kubeconfigText } from '../../support/kubeconfigText.ts';
import { TestTcpServer } from '../../support/tcpServer.ts';
import { temporaryFolder } from '../../support/temporaryDirectory.ts';

const cluster = await demoClusterFor({ after });
const folder = await temporaryFolder({ after });
const services = (kubeconfig: string) => ({
  environment: { KUBECONFIG: kubeconfig, XDG_RUNTIME_DIR: folder },
  homeFolder: folder,
  hostScript: '/nonexistent',
});

/** Returns the candidates for the last of the words. The user has typed only a part of that word. */
async function offered(
  words: readonly string[],
  kubeconfig = cluster.kubeconfigPath,
): Promise<readonly string[]> {
  // The usual limit of two seconds could be too short on a busy machine.
  const lines = await complete(
    [`=${words.at(-1) ?? ''}`, ...words.slice(0, -1)],
    services(kubeconfig),
    30_000,
  );
  return lines.split('\n').flatMap((line) => (line === '' ? [] : [line.split('\t')[0] ?? '']));
}

test('contexts and namespaces complete the values of their options in either form', async () => {
  assert.deepEqual(await offered(['--context', 'demo-d']), ['demo-developer']);
  assert.deepEqual(await offered(['--context=demo-d']), ['--context=demo-developer']);
  assert.deepEqual(await offered(['web', '-n', 'kube']), ['kube-system']);
  assert.deepEqual(await offered(['--namespace=kube']), ['--namespace=kube-system']);
});

test('types, names and pods of the given namespace complete the target', async () => {
  assert.deepEqual(await offered(['svc/w']), ['svc/web']);
  assert.deepEqual(await offered(['--context', '', 'svc/w']), ['svc/web']);
  assert.deepEqual(await offered(['deploy']), ['deployment/', 'deploy/']);
  assert.ok((await offered(['we'])).includes('web'));
  assert.deepEqual(await offered(['-n', 'staging', 'db-']), []);
});

test('TCP ports of the target are completed by number and name, also after a local port', async () => {
  assert.deepEqual(await offered(['svc/web', '']), ['80', 'http']);
  assert.deepEqual(await offered(['multi', '9000:ad']), ['9000:admin']);
  assert.deepEqual(await offered(['svc/dns', '']), []);
  assert.deepEqual(await offered(['-l', 'app=db', '']), ['6379', 'redis']);
});

test('options, shells and verbs are completed without a cluster', async () => {
  const none = '/nonexistent';
  assert.deepEqual(await offered(['--pod'], none), ['--pod-running-timeout']);
  assert.deepEqual(await offered(['completion', 'z'], none), ['zsh']);
  assert.deepEqual(await offered(['--output', ''], none), ['text', 'json']);
  assert.deepEqual(await offered(['sto'], none), ['stop']);
  assert.deepEqual(await offered(['sts'], none), ['sts/']);
});

test('options of proxy, the shells of --shell, and nothing after --env are completed', async () => {
  const none = '/nonexistent';
  assert.deepEqual(await offered(['proxy', '--s'], none), ['--server', '--shell']);
  assert.deepEqual(await offered(['proxy', '-n', 'demo', '--ja'], none), ['--java']);
  assert.deepEqual(await offered(['--sh'], none), []);
  assert.deepEqual(await offered(['proxy', '--wait'], none), []);
  assert.deepEqual(await offered(['proxy', '--env', '--shell', ''], none), [
    'bash',
    'zsh',
    'fish',
    'powershell',
  ]);
  assert.deepEqual(await offered(['proxy', '--shell=f'], none), ['--shell=fish']);
  assert.deepEqual(await offered(['proxy', '--env', ''], none), []);
  assert.deepEqual(await offered(['proxy', '--port', ''], none), []);
});

test('completion does not run a login that may ask the user something', async () => {
  const ran = join(folder, 'ran');
  const exec = { apiVersion: 'client.authentication.k8s.io/v1', command: 'touch', args: [ran] };
  const kubeconfig = (interactiveMode: string) =>
    kubeconfigText({ server: cluster.server.href }, { exec: { ...exec, interactiveMode } });
  const path = join(folder, 'plugin.json');
  await writeFile(path, kubeconfig('IfAvailable'));
  assert.deepEqual(await offered(['svc/'], path), []);
  await assert.rejects(readFile(ran));
  await writeFile(path, kubeconfig('Never'));
  assert.deepEqual(await offered(['svc/'], path), []);
  await readFile(ran);
});

test('completion stops waiting for a silent server at the limit and offers nothing', async () => {
  await using silent = await TestTcpServer.start(() => {});
  const words = ['=svc/', '--server', `http://127.0.0.1:${silent.port}`];
  assert.equal(await complete(words, services(cluster.kubeconfigPath), 50), '');
});

// Not on Windows, where bash writes paths in another form.
const hasBash = process.platform !== 'win32' && spawnSync('bash', ['--version']).status === 0;

test('bash accepts the candidates, and only the part after the last colon or equals sign', {
  skip: hasBash ? false : 'bash is not on PATH',
}, async () => {
  const program = join(folder, 'kube-port-forward');
  await writeFile(program, `#!/bin/sh\nprintf '%s\\n' "$@" > "${folder}/arguments"\ncat "${folder}/offer"\n`);
  await chmod(program, 0o755);
  const script = `${completionScript('bash')}
COMP_LINE="$1"; COMP_POINT=\${#1}; _kube_port_forward; printf '%s\\n' "\${COMPREPLY[@]}"`;
  const completed = async (line: string, offer: string) => {
    await writeFile(join(folder, 'offer'), offer);
    const { stdout, stderr } = spawnSync('bash', ['--norc', '-c', script, 'bash', line], {
      encoding: 'utf8',
      env: { PATH: `${folder}:${process.env['PATH']}` },
    });
    assert.equal(stderr, '');
    const given = await readFile(join(folder, 'arguments'), 'utf8');
    return { words: stdout.trim().split('\n'), given: given.trim().split('\n') };
  };
  assert.deepEqual(await completed('kube-port-forward -n demo svc/web 8080:', '8080:80\thttp\n8080:http\n'), {
    words: ['80', 'http'],
    given: ['__complete', '=8080:', '-n', 'demo', 'svc/web'],
  });
  assert.deepEqual(await completed('kube-port-forward --context=de', '--context=demo\n'), {
    words: ['demo'],
    given: ['__complete', '=--context=de'],
  });
  assert.deepEqual((await completed('kube-port-forward -n ', 'a\nb\n')).given, ['__complete', '=', '-n']);
  // A context name may contain characters that a shell interprets, so the candidate must be quoted.
  assert.deepEqual((await completed('kube-port-forward --context ', 'a b;$(x)\n')).words, [
    'a\\ b\\;\\$\\(x\\)',
  ]);
});
