import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import { openView } from '../../../src/rpc/clustersContract.ts';
import { startForward } from '../../../src/rpc/forwardsContract.ts';
import { eventually } from '../../support/eventually.ts';
import { demoSpecification, HostBench, untilDead } from '../../support/hostClients.ts';
import {
  HOSTILE_ANSWERS,
  type HostileAnswer,
  HostileServer,
  hostileKubeconfig,
} from '../../support/hostileServer.ts';
import { temporaryDirectory } from '../../support/temporaryDirectory.ts';
import { CommandProcess } from './commandProcess.ts';

/** Answers of a server that never come to an end, so that the client has to give up. */
const ENDLESS = [
  'silence',
  'an unrequested 101',
  'a head that drips',
  'a body that drips',
  '100 without end',
] as const;

const answerOf = (name: string): HostileAnswer => HOSTILE_ANSWERS[name] ?? assert.fail(name);

suite('a server that never answers', { concurrency: 4 }, () => {
  for (const name of ENDLESS) {
    test(`${name}: the first Ctrl-C ends the command`, async () => {
      await using setting = await settingWith(answerOf(name));
      await using command = setting.command('pod/web', ':http', '--request-timeout=10m');
      await eventually(() => setting.server.heads.length > 0, 'no request');
      command.ask('SIGINT');
      const { status, signal } = await command.ended();
      // An unrequested 101 makes the command fail by itself, perhaps before the signal arrives. So any status is right.
      assert.ok(name.includes('101') || (signal === null && status === 0), `${status} ${signal}`);
    });

    test(`${name}: the command waits no longer than --pod-running-timeout`, async () => {
      await using setting = await settingWith(answerOf(name));
      const ends = ['8080', 'http'].map(async (port) => {
        await using command = setting.command('pod/web', `:${port}`, '--pod-running-timeout=1s');
        const { status, stderr } = await command.ended();
        assert.equal(status, 1);
        assert.match(stderr, /^error: .+/m);
      });
      await Promise.all(ends);
    });
  }
});

test('stop --all and SIGTERM reach a host whose cluster never answers', async (t) => {
  const bench = await HostBench.create(t);
  await using server = await HostileServer.start(() => {});
  const kubeconfig = join(bench.folder, '..', 'hostile');
  await writeFile(kubeconfig, hostileKubeconfig(server.url));
  const client = await bench.client();
  const context = { kubeconfig, context: 'hostile' };
  let viewId = 0;
  for (const name of ENDLESS) {
    server.answer = answerOf(name);
    const before = server.heads.length;
    await client.request(openView, { viewId: ++viewId, scope: { type: 'namespaces', context } });
    const specification = demoSpecification(kubeconfig, `pod/p${viewId}`, 80, {
      context: 'hostile',
    });
    client.request(startForward, specification).catch(() => {});
    await eventually(() => server.heads.length > before, 'no request');
  }
  await client.until(() => client.forwards.length === ENDLESS.length);
  await using command = new CommandProcess(['stop', '--all'], {
    environment: { KUBE_PORT_FORWARD_HOST_FOLDER: bench.folder },
  });
  const { status, stdout } = await command.ended();
  assert.equal(status, 0);
  assert.ok(stdout.startsWith(`Stopped ${ENDLESS.length} forwards.\n`), stdout);
  const specification = demoSpecification(kubeconfig, 'pod/last', 80, { context: 'hostile' });
  client.request(startForward, specification).catch(() => {});
  await client.until(() => client.forwards.length === 1);
  process.kill(client.processId, 'SIGTERM');
  await untilDead(client.processId);
});

/**
 * Starts a server with this answer. Returns it, and a function that runs commands with a kubeconfig for this server.
 */
async function settingWith(answer: HostileAnswer) {
  const directory = await temporaryDirectory();
  const server = await HostileServer.start(answer);
  const kubeconfig = join(directory.path, 'config');
  await writeFile(kubeconfig, hostileKubeconfig(server.url));
  return {
    server,
    command: (...args: string[]) => new CommandProcess(args, { environment: { KUBECONFIG: kubeconfig } }),
    async [Symbol.asyncDispose]() {
      await server[Symbol.asyncDispose]();
      await directory[Symbol.asyncDispose]();
    },
  };
}
