import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { Host } from '../../../src/host/host.ts';
import { openView, refreshView } from '../../../src/rpc/clustersContract.ts';
import { connectToHost } from '../../../src/rpc/connectToHost.ts';
import { listForwards, startForward, stopAllForwards } from '../../../src/rpc/forwardsContract.ts';
import { listGateways, startGateway } from '../../../src/rpc/gatewayContract.ts';
import type { HostClient } from '../../../src/rpc/hostClient.ts';
import { ensureHostFolder } from '../../../src/rpc/hostFolder.ts';
import { LEFT_FORWARDS_FILE } from '../../../src/rpc/leftForwards.ts';
import { demoClusterFor } from '../../support/demoForward.ts';
import { eventually } from '../../support/eventually.ts';
import {
  demoHostFor,
  demoSpecification,
  HOST_SCRIPT,
  HostBench,
  untilDead,
} from '../../support/hostClients.ts';
import { HostileServer, hostileKubeconfig } from '../../support/hostileServer.ts';
import { get } from '../../support/tcpClient.ts';
import { temporaryDirectory } from '../../support/temporaryDirectory.ts';

test('a forward that a terminal left behind returns on its port after each crash of the host, and not after a clean end', async (t) => {
  const { demo, bench, client: first } = await demoHostFor(t);
  const holder = { id: 'a terminal', kind: 'terminal' } as const;
  const specification = demoSpecification(demo.kubeconfigPath, 'pod/web', 80);
  const forward = await first.request(startForward, { ...specification, holder });
  const passing = await first.request(startForward, demoSpecification(demo.kubeconfigPath, 'pod/echo', 7));
  assert.equal(forward.state.type, 'ready');
  assert.equal(passing.state.type, 'ready');
  const gateway = await first.request(startGateway, {
    context: specification.target.context,
    namespaces: ['demo'],
    localPort: { mode: 'preferred', port: 0 },
    holder: { id: 'another terminal', kind: 'terminal' },
  });
  assert.equal(gateway.state.type, 'ready');
  const port = forward.localPort ?? 0;
  let { processId } = first;
  first.dispose();
  for (let crash = 0; crash < 2; crash++) {
    process.kill(processId, 'SIGKILL');
    await untilDead(processId);
    let next: Awaited<ReturnType<typeof bench.join>>;
    await eventually(async () => {
      next = await bench.join();
      return next !== undefined && next.host.processId !== processId;
    }, 'no host came back');
    assert.ok(next);
    const client = bench.own(next);
    processId = client.host.processId;
    await untilBack(client);
    const [open] = await client.request(listGateways);
    assert.deepEqual([open?.localPort, open?.namespaces[0]?.name], [gateway.localPort, 'demo']);
    assert.equal((await get(gateway.localPort ?? 0, 'http://web/healthz')).status, 200);
    const [back, ...others] = await client.request(listForwards);
    assert.equal(back?.localPort, port);
    assert.equal(back?.holders[0]?.kind, 'terminal');
    assert.deepEqual(others, [], 'a window brings its own back by itself');
    assert.equal((await get(port)).status, 200);
    if (crash === 1) await client.request(stopAllForwards);
    client.dispose();
  }
  // The client has stopped everything and has disconnected. So the host ends normally, and no new host is started.
  await untilDead(processId);
  await new Promise((resolve) => setTimeout(resolve, 500));
  assert.equal(await bench.join(), undefined);
});

test('a forward that an update of VS Code on Windows ended returns on its port with a client of the same environment', async (t) => {
  const demo = await demoClusterFor(t);
  await using parent = await temporaryDirectory();
  const folder = await ensureHostFolder(join(parent.path, 'h'));
  const path = join(folder, LEFT_FORWARDS_FILE);
  const environment = { HOME: folder, PATH: process.env.PATH ?? '' };
  const startHost = async () => {
    const options = { folder, lingerMs: 60_000, script: HOST_SCRIPT, demoScript: HOST_SCRIPT };
    const host = new Host({ ...options, endsWithUpdate: true });
    assert.equal(await host.start(AbortSignal.timeout(20_000)), true);
    t.after(() => host.end());
    return host;
  };
  const joinAs = async (more: Readonly<Record<string, string>> = {}) => {
    const client = { name: 'test', version: '1' };
    const options = { mode: 'join', folder, client, kubeconfigFiles: [] } as const;
    const signal = AbortSignal.timeout(20_000);
    const joined = await connectToHost({ ...options, environment: { ...environment, ...more }, signal });
    assert.ok(joined);
    t.after(() => joined.dispose());
    return joined;
  };
  const first = await startHost();
  const terminal = await joinAs();
  const holder = { id: 'a terminal', kind: 'terminal' } as const;
  const specification = demoSpecification(demo.kubeconfigPath, 'pod/web', 80);
  const { localPort = 0 } = await terminal.request(startForward, { ...specification, holder });
  const open = {
    context: specification.target.context,
    namespaces: ['demo'],
    localPort: specification.localPort,
  };
  const other = { id: 'another terminal', kind: 'terminal' } as const;
  const gateway = await terminal.request(startGateway, { ...open, holder: other });
  const left = await readFile(path);
  terminal.dispose();
  await first.end();
  assert.equal(existsSync(path), false, 'a host that ends in order leaves nothing');

  // Restores the file that a host leaves behind when it is killed.
  await writeFile(path, left, { mode: 0o600 });
  await startHost();
  const stranger = await joinAs({ AWS_PROFILE: 'other' });
  assert.deepEqual(await stranger.request(listForwards), []);
  const window = await joinAs();
  await untilBack(window);
  const [forward] = await window.request(listForwards);
  assert.deepEqual([forward?.localPort, forward?.holders[0]?.kind], [localPort, 'terminal']);
  assert.equal((await get(localPort)).status, 200);
  assert.equal((await get(gateway.localPort ?? 0, 'http://web/healthz')).status, 200);
  await window.request(stopAllForwards);
});

test('a cluster whose view crashes three hosts is named, and its view stays closed until a person reopens it', async (t) => {
  const bench = await HostBench.create(t);
  let processId = 0;
  let requests = 0;
  // Kills the host as soon as the host sends a request, as if the answer made the host crash.
  await using server = await HostileServer.start(() => {
    requests++;
    process.kill(processId, 'SIGKILL');
  });
  const parent = join(bench.folder, '..');
  const kubeconfig = join(parent, 'hostile');
  await writeFile(kubeconfig, hostileKubeconfig(server.url));
  const scope = { type: 'namespaces', context: { kubeconfig, context: 'hostile' } } as const;
  for (let crash = 0; crash < 3; crash++) {
    const client = await bench.client();
    processId = client.processId;
    const closed = client.closed();
    client.request(openView, { viewId: 1, scope }).catch(() => {});
    await closed;
    await untilDead(processId);
  }
  assert.equal(requests, 3);
  const client = await bench.client();
  processId = client.processId;
  await client.request(openView, { viewId: 1, scope });
  const error = await client.until(() => client.views.get(1)?.error);
  assert.deepEqual(error, { code: 'VIEW_CLOSED', arguments: { count: 3, context: 'hostile' } });
  assert.equal(requests, 3);
  const closed = client.closed();
  client.request(refreshView, { viewId: 1 }).catch(() => {});
  await closed;
  assert.equal(requests, 4, 'it was asked for');
});

async function untilBack(client: HostClient): Promise<void> {
  for (const list of [listForwards, listGateways] as const) {
    const first = async () => (await client.request<readonly { state: { type: string } }[]>(list))[0];
    await eventually(async () => (await first())?.state.type === 'ready', `not back: ${list.method}`);
  }
}
