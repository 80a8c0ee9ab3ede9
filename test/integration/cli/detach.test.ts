import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { after, before, suite, test } from 'node:test';
import { type DemoCluster, startDemoCluster } from '../../../src/demo/demoCluster.ts';
import { latestGeneration } from '../../../src/rpc/hostRecord.ts';
import { eventually } from '../../support/eventually.ts';
import { get } from '../../support/tcpClient.ts';
import { temporaryDirectory } from '../../support/temporaryDirectory.ts';
import { type CommandEnd, CommandProcess } from './commandProcess.ts';

suite('forwards that a terminal leaves behind', () => {
  let cluster: DemoCluster;
  let folder: string;

  let directory: Awaited<ReturnType<typeof temporaryDirectory>>;

  before(async () => {
    cluster = await startDemoCluster();
    directory = await temporaryDirectory();
    folder = directory.path;
  });
  after(async () => {
    const latest = await latestGeneration(folder);
    if (latest !== undefined && isAlive(latest.record.processId)) process.kill(latest.record.processId);
    await cluster.dispose();
    await directory[Symbol.asyncDispose]();
  });

  const run = async (...args: string[]): Promise<CommandEnd> => {
    await using command = new CommandProcess(args, {
      environment: { KUBECONFIG: cluster.kubeconfigPath, KUBE_PORT_FORWARD_HOST_FOLDER: folder },
    });
    return await command.ended();
  };

  test('there are none where there is no host, and none is started to say so', async () => {
    const { status, stdout } = await run('list');
    assert.deepEqual({ status, stdout }, { status: 0, stdout: 'No forwards.\n' });
    assert.equal(await latestGeneration(folder), undefined);
  });

  test('they go on when the command has ended, are listed, and stopped by name', async () => {
    const started = await run('-n', 'demo', 'svc/web', ':http', '--detach');
    assert.equal(started.status, 0, started.stderr);
    const port = Number(/^Forwarding from 127\.0\.0\.1:(\d+) -> 8080$/m.exec(started.stdout)?.[1]);
    assert.equal((await get(port, '/healthz')).body, 'ok\n');
    const listed = await run('list');
    assert.match(
      listed.stdout,
      new RegExp(`127\\.0\\.0\\.1:${port} +service/web:http +demo +demo-admin +ready`),
    );
    const asJson = JSON.parse((await run('list', '-o', 'json')).stdout);
    assert.equal(asJson.localPort, port);
    const stopped = await run('stop', 'svc/web');
    assert.deepEqual(
      { status: stopped.status, stdout: stopped.stdout },
      { status: 0, stdout: 'Stopped 1 forward.\n' },
    );
    await assert.rejects(get(port, '/healthz'));
  });

  test('a token would have to be sent to another process: refused, as is what the kubeconfig does not say', async () => {
    for (const option of ['--token=secret-of-mine', '--server=https://127.0.0.1:1', '--as=jane']) {
      const { status, stdout, stderr } = await run('-n', 'demo', 'pod/web', ':80', '--detach', option);
      assert.equal(status, 2);
      assert.match(stderr, /^error: --detach .*leave out --(token|server|as)\n$/);
      assert.ok(!(stdout + stderr).includes('secret-of-mine'));
    }
  });

  test('what cannot be forwarded is said, and leaves nothing in the list', async () => {
    const { status, stderr } = await run('-n', 'demo', 'pod/nope', ':80', '-d');
    assert.equal(status, 1);
    assert.match(stderr, /^error: pod "nope" is not in namespace "demo"/);
    assert.equal((await run('list')).stdout, 'No forwards.\n');
    assert.match((await run('stop', 'svc/nope')).stderr, /^error: there is no forward "svc\/nope"/);
  });

  test('the kubeconfig of the command line is taken along', async () => {
    const text = await readFile(cluster.kubeconfigPath, 'utf8');
    assert.match(text, /demo-admin/);
    const args = ['--kubeconfig', cluster.kubeconfigPath, '-n', 'demo', 'pod/echo', ':7', '-d'];
    const { status, stderr } = await run(...args);
    assert.equal(status, 0, stderr);
    const { stdout } = await run('stop', '--all');
    assert.equal(stdout, 'Stopped 1 forward.\n');
    const { record } = (await latestGeneration(folder)) ?? assert.fail('no host');
    process.kill(record.processId);
    await eventually(() => !isAlive(record.processId), 'the host does not end');
  });
});

function isAlive(processId: number): boolean {
  try {
    process.kill(processId, 0);
    return true;
  } catch {
    return false;
  }
}
