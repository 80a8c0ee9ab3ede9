import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { createInterface } from 'node:readline';
import { after, before, suite, test } from 'node:test';
import { isCoded } from '../../../src/base/errors.ts';
import { parseCommandLine } from '../../../src/cli/commandLine.ts';
import { runForward } from '../../../src/cli/runForward.ts';
import { type DemoCluster, startDemoCluster } from '../../../src/demo/demoCluster.ts';
import { createReplicationController } from '../../../src/demo/objects/workloads.ts';
import { formatAddress } from '../../../src/portforward/forwardText.ts';
import { temporaryDirectory } from '../../support/temporaryDirectory.ts';
import { type Case, type Outcome, outcomeOf, wordsOf } from './cases/case.ts';
import { COMMAND_LINES } from './cases/commandLines.ts';
import { KUBECONFIGS } from './cases/kubeconfigs.ts';
import { PROVIDERS, writeHome } from './cases/providers.ts';
import { TARGETS } from './cases/targets.ts';
import { freePort } from './localPorts.ts';

const CASES = [...COMMAND_LINES, ...TARGETS, ...KUBECONFIGS, ...PROVIDERS];
/** kubectl costs a quarter of a second of CPU each time: as many at once as keep two cores busy. */
const AT_ONCE = 4;
const KUBECTL_LIMIT_MS = 30_000;

const hasKubectl = spawnSync('kubectl', ['version', '--client']).status === 0;

let cluster: DemoCluster;
let directory: Awaited<ReturnType<typeof temporaryDirectory>>;
before(async () => {
  [cluster, directory] = await Promise.all([startDemoCluster(), temporaryDirectory()]);
  const web = cluster.store.get('deployments.apps', 'demo', 'web');
  assert.ok(web);
  const labels = { app: 'legacy' };
  const template = { ...web.spec.template, metadata: { ...web.spec.template.metadata, labels } };
  const createdAt = new Date();
  const legacy = { name: 'legacy', namespace: 'demo', labels, template, replicas: 1, createdAt };
  cluster.store.put('replicationcontrollers', createReplicationController(legacy));
  await writeHome({
    path: directory.path,
    token: cluster.token('demo-admin'),
    certificateAuthority: cluster.certificateAuthority,
    clientCertificate: Buffer.from(fieldOf('client-certificate-data'), 'base64').toString(),
    clientKey: Buffer.from(fieldOf('client-key-data'), 'base64').toString(),
  });
});
after(async () => {
  await cluster.dispose();
  await directory[Symbol.asyncDispose]();
});

test('the table has no two cases of one name, and a reason wherever kubectl does something else', () => {
  assert.equal(new Set(CASES.map(({ name }) => name)).size, CASES.length);
  for (const { name, kubectl, here, reason } of CASES) {
    const isAlike = kubectl === 'refused' ? /^[A-Z_]+$/.test(here) : here === kubectl;
    assert.equal(isAlike, reason === undefined, name);
  }
});

suite('the command, in this process', { concurrency: AT_ONCE }, () => {
  for (const each of CASES) {
    test(`${each.name}: ${each.input}`, async () => assert.equal(await runHere(each), each.here));
  }
});

suite('kubectl', { concurrency: AT_ONCE, skip: hasKubectl ? false : 'kubectl is not on PATH' }, () => {
  for (const each of CASES) {
    test(`${each.name}: ${each.input}`, async () => assert.equal(await runKubectl(each), each.kubectl));
  }
});

async function runHere(each: Case): Promise<Outcome> {
  const port = await freePort();
  const stop = new AbortController();
  const lines: string[] = [];
  const quiet = () => {};
  try {
    const command = parseCommandLine(argumentsOf(each, port));
    assert.ok(command.command === 'forward');
    await runForward(command, {
      environment: await environmentOf(each),
      homeDirectory: directory.path,
      isTerminalInteractive: false,
      onPluginOutput: quiet,
      onRequest: quiet,
      reporter: {
        event(event) {
          if (event.type !== 'ready') return;
          lines.push(
            ...event.addresses.map(
              (bound) => `Forwarding from ${formatAddress(bound)} -> ${bound.remotePort}`,
            ),
          );
          stop.abort();
        },
        waiting: quiet,
        reconnecting: quiet,
        warning: quiet,
        signInNeeded: quiet,
        outage: quiet,
        detached: quiet,
        failed: quiet,
        exchange: quiet,
        stopped: quiet,
      },
      stop: stop.signal,
    });
  } catch (error) {
    if (!stop.signal.aborted) {
      assert.ok(isCoded(error), String(error));
      assert.doesNotMatch(error.message, /\n/);
      return error.code;
    }
  }
  return outcomeOf(lines, askedPort(each, port));
}

/** Until it has printed a line for each address that is expected, or has ended. */
async function runKubectl(each: Case): Promise<Outcome> {
  const port = await freePort();
  const expected = each.kubectl.split(', ').reduce((sum, pair) => sum + (/^localhost/.test(pair) ? 2 : 1), 0);
  const child = spawn('kubectl', ['port-forward', ...argumentsOf(each, port)], {
    env: {
      ...(await environmentOf(each)),
      HOME: directory.path,
      KUBECACHEDIR: join(directory.path, 'cache'),
    },
    stdio: ['ignore', 'pipe', 'ignore'],
    timeout: KUBECTL_LIMIT_MS,
  });
  const exited = once(child, 'exit');
  const lines: string[] = [];
  for await (const line of createInterface({ input: child.stdout })) {
    if (line.startsWith('Forwarding from')) lines.push(line);
    if (lines.length === expected) child.kill('SIGINT');
  }
  await exited;
  return lines.length === 0 ? 'refused' : outcomeOf(lines, askedPort(each, port));
}

/** Undefined if the case asks for any free port: the system may then give the one that was free a moment ago. */
function askedPort({ input }: Case, port: number): string | undefined {
  return input.includes('{port}') ? String(port) : undefined;
}

function argumentsOf({ input }: Case, port: number): readonly string[] {
  return wordsOf(input.replaceAll('{port}', String(port)));
}

async function environmentOf({ name, kubeconfig }: Case): Promise<Record<string, string>> {
  const environment = { PATH: `${join(directory.path, 'bin')}${delimiter}${process.env['PATH'] ?? ''}` };
  if (kubeconfig === undefined) return { ...environment, KUBECONFIG: cluster.kubeconfigPath };
  const path = join(directory.path, `case-${CASES.findIndex((one) => one.name === name)}.yaml`);
  const ca = Buffer.from(cluster.certificateAuthority).toString('base64');
  const text = kubeconfig
    .replaceAll('{server}', cluster.server.href)
    .replaceAll('{ca}', ca)
    .replaceAll('{token}', cluster.token('demo-admin'))
    .replaceAll('{clientCertificate}', fieldOf('client-certificate-data'))
    .replaceAll('{clientKey}', fieldOf('client-key-data'))
    .replaceAll('{home}', directory.path);
  await writeFile(path, text);
  return { ...environment, KUBECONFIG: path };
}

/** The client certificate or key of the demo cluster's kubeconfig, base64. */
function fieldOf(name: string): string {
  const [, value = ''] = new RegExp(`${name}: (\\S+)`).exec(cluster.kubeconfig) ?? [];
  return value;
}
