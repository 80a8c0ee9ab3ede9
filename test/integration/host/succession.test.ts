import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { build } from 'esbuild';
import { isCoded } from '../../../src/base/errors.ts';
import { startForward } from '../../../src/rpc/forwardsContract.ts';
import { startGateway } from '../../../src/rpc/gatewayContract.ts';
import type { HostClient } from '../../../src/rpc/hostClient.ts';
import type { HostProgram } from '../../../src/rpc/hostProgram.ts';
import { demoClusterFor } from '../../support/demoForward.ts';
import { isAlive } from '../../support/execPlugin.ts';
import { demoSpecification, HostBench, hostProgram, untilDead } from '../../support/hostClients.ts';
import { get } from '../../support/tcpClient.ts';
import { temporaryFolder } from '../../support/temporaryDirectory.ts';

// Bundles the host, as for users. Twenty hosts that each load all TypeScript sources would take minutes to start.
const bundles = await temporaryFolder({ after });
const banner =
  "import{createRequire as bundleRequire}from'node:module';const require=bundleRequire(import.meta.url);";
await build({
  entryPoints: ['src/host.ts'],
  outdir: bundles,
  bundle: true,
  platform: 'node',
  format: 'esm',
  outExtension: { '.js': '.mjs' },
  logLevel: 'error',
  banner: { js: banner },
});
const bundled = hostProgram({ script: join(bundles, 'host.mjs'), lingerMs: 5_000 });

async function joinOrStart(bench: HostBench, program: HostProgram = bundled): Promise<HostClient> {
  return await bench.joinOrStart(program, { HOME: bench.folder });
}

/** Starts a separate host process and waits until it has reported whether it serves. */
async function runHost(
  folder: string,
  args: readonly string[] = [],
): Promise<{ readonly child: ChildProcess; readonly line: string }> {
  const child = spawn(process.execPath, [bundled.script, '--folder', folder, ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [chunk] = (await once(child.stdout, 'data')) as [Buffer];
  return { child, line: chunk.toString().trim() };
}

/** Changes the record file of the host, so that it names an older version of the protocol. */
async function ageRecord(folder: string): Promise<void> {
  const path = join(folder, 'generation-1');
  const record: unknown = JSON.parse(await readFile(path, 'utf8'));
  await writeFile(path, JSON.stringify({ ...(record as object), protocol: 0 }));
}

test('one host lives after a host is killed and twenty are started at once', async (t) => {
  const bench = await HostBench.create(t);
  const first = await joinOrStart(bench);
  const closed = new Promise<void>((resolve) => first.onDidClose(resolve));
  process.kill(first.host.processId, 'SIGKILL');
  await closed;
  const processes = await Promise.all(Array.from({ length: 20 }, () => runHost(bench.folder)));
  t.after(() => {
    for (const { child } of processes) child.kill('SIGKILL');
  });
  const winners = processes.filter(({ line }) => line === 'started');
  assert.equal(winners.length, 1);
  const losers = processes.filter((one) => one !== winners[0]);
  for (const { child } of losers) {
    if (child.exitCode === null) await once(child, 'exit');
    assert.equal(child.exitCode, 0);
  }
  const client = await joinOrStart(bench);
  assert.equal(client.host.processId, winners[0]?.child.pid);
  assert.deepEqual(
    (await readdir(bench.folder)).filter((name) => name.startsWith('generation')),
    ['generation-2'],
  );
});

test('twenty clients that need a host at once get the same one', async (t) => {
  const bench = await HostBench.create(t);
  const clients = await Promise.all(Array.from({ length: 20 }, () => joinOrStart(bench)));
  assert.equal(new Set(clients.map(({ host }) => host.processId)).size, 1);
  for (const client of clients) client.dispose();
});

test('clients notice a killed host, and the forward is back on its port', async (t) => {
  const demo = await demoClusterFor(t);
  const bench = await HostBench.create(t);
  const first = await joinOrStart(bench);
  const specification = demoSpecification(demo.kubeconfigPath, 'pod/web', 80);
  const forward = await first.request(startForward, specification);
  const port = forward.localPort ?? 0;
  const closed = new Promise<void>((resolve) => first.onDidClose(resolve));
  const killedAt = performance.now();
  process.kill(first.host.processId, 'SIGKILL');
  await closed;
  const second = await joinOrStart(bench);
  const restored = await second.request(startForward, {
    ...specification,
    localPort: { mode: 'exact', port },
  });
  assert.equal(restored.state.type, 'ready', JSON.stringify(restored.state));
  assert.equal(restored.localPort, port);
  assert.equal((await get(port)).status, 200);
  const took = performance.now() - killedAt;
  t.diagnostic(`restored in ${Math.round(took)} ms`);
});

test('a request that waits when the host dies fails', async (t) => {
  const demo = await demoClusterFor(t);
  const bench = await HostBench.create(t);
  const client = await joinOrStart(bench);
  const pending = demoSpecification(demo.kubeconfigPath, 'pod/pending', 8080);
  const waiting = assert.rejects(client.request(startForward, pending));
  process.kill(client.host.processId, 'SIGKILL');
  await waiting;
});

test('a host of an older protocol is replaced, and its forwards move to the new one', async (t) => {
  const demo = await demoClusterFor(t);
  const bench = await HostBench.create(t);
  const first = await joinOrStart(bench);
  const specification = demoSpecification(demo.kubeconfigPath, 'pod/web', 80);
  const forward = await first.request(startForward, specification);
  const task = { id: 'task', kind: 'task' } as const;
  await first.request(startForward, { ...specification, label: 'of a task', holder: task });
  const open = {
    context: specification.target.context,
    namespaces: ['demo'],
    localPort: { mode: 'preferred', port: 0 },
  } as const;
  const gateway = await first.request(startGateway, open);
  const { localPort: gatewayPort = 0 } = gateway;
  await ageRecord(bench.folder);
  const second = await joinOrStart(bench);
  assert.notEqual(second.host.processId, first.host.processId);
  assert.deepEqual(second.replaced?.forwards, [
    { ...specification, localPort: { mode: 'exact', port: forward.localPort } },
  ]);
  assert.deepEqual(second.replaced?.gateways, [
    { ...open, localPort: { mode: 'preferred', port: gatewayPort } },
  ]);
  assert.equal(second.replaced?.others, 1, 'the window of the task has the older protocol, too');
  await untilDead(first.host.processId);
  const [again] = second.replaced?.forwards ?? [];
  const restored = await second.request(startForward, again ?? specification);
  assert.equal(restored.state.type, 'ready');
  assert.equal((await get(forward.localPort ?? 0)).status, 200);
  const reopened = await second.request(startGateway, second.replaced?.gateways[0] ?? open);
  assert.deepEqual([reopened.state.type, reopened.localPort], ['ready', gatewayPort]);
  assert.equal((await get(gatewayPort, 'http://web/healthz')).status, 200);
});

test('a host of a newer protocol is left alone', async (t) => {
  const bench = await HostBench.create(t);
  const { child, line } = await runHost(bench.folder, ['--protocol', '999']);
  t.after(() => child.kill('SIGKILL'));
  assert.equal(line, 'started');
  await assert.rejects(joinOrStart(bench), (error) => isCoded(error, 'HOST_TOO_NEW'));
  assert.equal(await bench.join(), undefined);
  assert.ok(isAlive(child.pid ?? 0));
});

test('a host that cannot start reports the reason', async (t) => {
  const bench = await HostBench.create(t);
  const missing = hostProgram({ script: join(bundles, 'missing.mjs') });
  await assert.rejects(
    joinOrStart(bench, missing),
    (error) => isCoded(error, 'HOST_NOT_STARTED') && /missing/.test(error.message),
  );
  const noNode = hostProgram({ execPath: join(bundles, 'no-node') });
  await assert.rejects(
    joinOrStart(bench, noNode),
    (error) => isCoded(error, 'HOST_NOT_STARTED') && /ENOENT/.test(error.message),
  );
});

test('a frozen host is reported as unresponsive', {
  // Windows cannot freeze a process.
  skip: process.platform === 'win32',
}, async (t) => {
  const bench = await HostBench.create(t);
  const first = await joinOrStart(bench);
  process.kill(first.host.processId, 'SIGSTOP');
  t.after(() => isAlive(first.host.processId) && process.kill(first.host.processId, 'SIGCONT'));
  await assert.rejects(joinOrStart(bench), (error) => isCoded(error, 'HOST_UNRESPONSIVE'));
});

test('a host ends after its last client', async (t) => {
  const bench = await HostBench.create(t);
  const client = await joinOrStart(bench, { ...bundled, lingerMs: 0 });
  client.dispose();
  await untilDead(client.host.processId);
});
