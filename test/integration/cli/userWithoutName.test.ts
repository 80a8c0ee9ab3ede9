import assert from 'node:assert/strict';
import { randomInt } from 'node:crypto';
import { chmod, chown, copyFile, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import { type DemoCluster, startDemoCluster } from '../../../src/demo/entry.ts';
import { latestRecord } from '../../../src/rpc/hostRecord.ts';
import { isAlive } from '../../support/execPlugin.ts';
import { untilDead } from '../../support/hostClients.ts';
import { get } from '../../support/tcpClient.ts';
import { type CommandEnd, CommandProcess } from './commandProcess.ts';

/** As in OpenShift, whose containers run with a user id that has no name, and without HOME. */
suite('a user id without a passwd entry', { skip: process.geteuid?.() !== 0 }, () => {
  const userId = randomInt(1_000_000, 2_000_000);
  const hostFolder = `/tmp/kube-port-forward-${userId}`;
  let cluster: DemoCluster;
  let directory: string;
  let kubeconfig: string;

  before(async () => {
    cluster = await startDemoCluster();
    directory = await mkdtemp(join(tmpdir(), 'kpf-'));
    await chmod(directory, 0o755);
    kubeconfig = join(directory, 'config');
    await copyFile(cluster.kubeconfigPath, kubeconfig);
    await chown(kubeconfig, userId, userId);
  });
  after(async () => {
    const processId = (await latestRecord(hostFolder))?.record.processId;
    if (processId !== undefined && isAlive(processId)) process.kill(processId, 'SIGKILL');
    if (processId !== undefined) await untilDead(processId);
    await rm(hostFolder, { recursive: true, force: true });
    await rm(directory, { recursive: true, force: true });
    await cluster.dispose();
  });

  /** @param home arguments of the program `env` that set or unset HOME; optional, default unset */
  const run = async (args: readonly string[], home = ['-u', 'HOME']): Promise<CommandEnd> => {
    const user = ['--reuid', String(userId), '--regid', String(userId), '--clear-groups'];
    await using command = new CommandProcess(args, {
      environment: { KUBECONFIG: kubeconfig },
      through: ['setpriv', ...user, 'env', ...home],
    });
    return await command.ended();
  };

  test('lists none, stops none, and forwards in the background', async () => {
    const none = await run(['list']);
    assert.deepEqual({ ...none }, { status: 0, signal: null, stdout: 'No forwards found.\n', stderr: '' });
    assert.equal((await run(['stop', '--all'])).stdout, 'Stopped 0 forwards.\n');
    const started = await run(['-n', 'demo', 'svc/web', ':http', '--detach']);
    assert.equal(started.status, 0, started.stderr);
    const port = Number(/^Forwarding from 127\.0\.0\.1:(\d+)/m.exec(started.stdout)?.[1]);
    assert.equal((await get(port, '/healthz')).body, 'ok\n');
    assert.match((await run(['list'])).stdout, /service\/web:http/);
    assert.equal((await run(['stop', '--all'])).stdout, 'Stopped 1 forward.\n');
  });

  test('forwards in the background with the HOME of another user, which it cannot enter', async () => {
    const other = join(directory, 'other');
    await mkdir(other, { mode: 0o700 });
    const started = await run(['-n', 'demo', 'svc/web', ':http', '--detach'], [`HOME=${other}`]);
    assert.equal(started.status, 0, started.stderr);
    assert.equal((await run(['stop', '--all'])).stdout, 'Stopped 1 forward.\n');
  });
});
