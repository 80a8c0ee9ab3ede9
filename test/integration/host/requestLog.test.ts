import assert from 'node:assert/strict';
import { Agent, request } from 'node:http';
import { test } from 'node:test';
import {
  clearExchanges,
  type Exchange,
  exchangesChanged,
  exchangesCleared,
  listExchanges,
  readExchange,
  setRequestLog,
  type TrafficSample,
  trafficSampled,
  unwatchExchanges,
  watchExchanges,
  watchTraffic,
} from '../../../src/rpc/exchanges.ts';
import { startForward } from '../../../src/rpc/forwardsContract.ts';
import { setGatewayRequestLog, startGateway } from '../../../src/rpc/gatewayContract.ts';
import { fromResponseError } from '../../../src/rpc/rpcErrors.ts';
import { demoHostFor, demoSpecification, type HostBench } from '../../support/hostClients.ts';
import { get } from '../../support/tcpClient.ts';

const SECRET = 'planted-secret-value';

test('the log of a forward is switched on, watched, recorded, read and cleared', async (t) => {
  const { demo, bench, client } = await demoHostFor(t);
  const other = await bench.client();
  const received: string[] = [];
  other.client.onNotification(exchangesChanged, (changed) => received.push(JSON.stringify(changed)));
  const forward = await client.request(startForward, demoSpecification(demo.kubeconfigPath, 'pod/web', 80));
  assert.equal(forward.requestLog, 'off');
  const port = forward.localPort ?? 0;
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  t.after(() => agent.destroy());
  await ask(agent, port, '/healthz');
  assert.deepEqual(await client.request(listExchanges, {}), [], 'nothing is kept unasked');

  await client.request(setRequestLog, { forward: forward.id, mode: 'metadata' });
  await client.until(() => client.forwards.find(({ requestLog }) => requestLog === 'metadata'));
  const watched = watch(client);
  assert.deepEqual(await client.request(watchExchanges, { forward: forward.id }), []);
  // The agent uses a connection that it opened before the log was turned on.
  await ask(agent, port, `/api/pod?token=${SECRET}`, { 'x-api-key': SECRET });
  const row = await watched.until(({ path, durationMs }) => path === '/api/pod' && durationMs !== undefined);
  const { method, status, queryNames, pod, isRecorded, forward: id } = row;
  assert.deepEqual(
    { method, status, queryNames, pod, isRecorded, id },
    { method: 'GET', status: 200, queryNames: ['token'], pod: 'web', isRecorded: false, id: forward.id },
  );
  await assert.rejects(client.request(readExchange, { id: row.id }), (error) => {
    return (fromResponseError(error) as { code?: string }).code === 'EXCHANGE_NOT_FOUND';
  });

  await client.request(setRequestLog, { forward: forward.id, mode: 'record' });
  await ask(agent, port, `/api/headers?page=2&token=${SECRET}`, { 'x-api-key': SECRET, 'x-page': '3' });
  const recorded = await watched.until(
    ({ path, durationMs }) => path === '/api/headers' && durationMs !== undefined,
  );
  const details = await other.request(readExchange, { id: recorded.id });
  const body = JSON.parse(Buffer.from(details.response.body, 'base64').toString());
  assert.equal(body['x-page'], '3');
  assert.equal(body['x-api-key'], '‹redacted›');
  assert.equal(details.query, 'page=2&token=‹redacted›');
  assert.ok(details.request.head.some(([name, value]) => name === 'x-api-key' && value === '‹redacted›'));
  const everything = JSON.stringify([details, await client.request(listExchanges, {}), watched.rows]);
  assert.ok(!everything.includes(SECRET));
  assert.ok(!everything.includes(Buffer.from(SECRET).toString('base64').slice(0, 20)));

  await other.request(clearExchanges, { forward: forward.id });
  await watched.cleared;
  assert.deepEqual(await client.request(listExchanges, {}), []);
  await client.request(unwatchExchanges);
  assert.deepEqual(received, [], 'a client that does not watch is told nothing');
});

test('the log begins with its forward, and watchers get samples of the traffic', async (t) => {
  const { demo, client } = await demoHostFor(t);
  const specification = demoSpecification(demo.kubeconfigPath, 'pod/web', 80, { requestLog: 'metadata' });
  const forward = await client.request(startForward, specification);
  assert.equal(forward.requestLog, 'metadata');
  const samples: TrafficSample[] = [];
  const sum = (key: 'bytesIn' | 'newConnections') =>
    samples.reduce((total, sample) => total + sample[key], 0);
  const sampled = Promise.withResolvers<void>();
  client.client.onNotification(trafficSampled, ({ forward: id, range, sample }) => {
    assert.deepEqual([id, range], [forward.id, 'minutes']);
    samples.push(sample);
    if (sum('bytesIn') > 200_000) sampled.resolve();
  });
  await client.request(watchTraffic, { forward: forward.id, range: 'minutes' });
  await get(forward.localPort ?? 0, '/bytes?n=200000');
  await sampled.promise;
  assert.equal(sum('newConnections'), 1);
  assert.equal(samples.filter(({ firstByteP50 }) => firstByteP50 !== undefined).length, 1);
  const before = await client.request(watchTraffic, { range: 'minutes' });
  assert.ok(before.some(({ at }) => at === samples.at(-1)?.at));
});

test('the log of one service of a namespace by name shows the requests of that service only', async (t) => {
  const { demo, client } = await demoHostFor(t);
  const gateway = await client.request(startGateway, {
    context: { kubeconfig: demo.kubeconfigPath, context: 'demo-admin' },
    namespaces: ['demo', 'staging'],
    localPort: { mode: 'exact', port: 0 },
  });
  const port = gateway.localPort ?? 0;
  await client.request(setGatewayRequestLog, { id: gateway.id, service: 'web.demo', mode: 'record' });
  const watched = watch(client);
  await client.request(watchExchanges, { forward: gateway.id });
  // This agent opens a new connection for each request, because a connection to the gateway can be used only for the
  // host of its first request.
  const agent = new Agent();
  t.after(() => agent.destroy());
  await ask(agent, port, '/api/pod', { host: 'web.staging.localhost' });
  await ask(agent, port, `/api/headers?token=${SECRET}`, { host: 'web.demo.localhost', 'x-api-key': SECRET });
  const row = await watched.until(({ durationMs }) => durationMs !== undefined);
  assert.deepEqual(
    [row.forward, row.service, row.host, row.path, row.status, row.isRecorded],
    [gateway.id, 'web.demo', 'web.demo.localhost', '/api/headers', 200, true],
  );
  assert.match(row.pod ?? '', /^web-/);
  assert.ok(!JSON.stringify(await client.request(readExchange, { id: row.id })).includes(SECRET));
  assert.equal((await client.request(listExchanges, {})).length, 1);
  await assert.rejects(
    client.request(setGatewayRequestLog, { id: gateway.id, service: 'nothing.demo', mode: 'metadata' }),
    (error) => (fromResponseError(error) as { code?: string }).code === 'NAME_UNKNOWN',
  );
});

function watch({ client }: Awaited<ReturnType<HostBench['client']>>) {
  const rows = new Map<number, Exchange>();
  const checks = new Set<() => void>();
  const cleared = Promise.withResolvers<void>();
  client.onNotification(exchangesChanged, ({ exchanges }) => {
    for (const exchange of exchanges) rows.set(exchange.id, exchange);
    for (const check of [...checks]) check();
  });
  client.onNotification(exchangesCleared, () => cleared.resolve());
  const until = (fits: (exchange: Exchange) => boolean): Promise<Exchange> =>
    new Promise((resolve) => {
      const check = () => {
        const found = [...rows.values()].find(fits);
        if (found === undefined) return;
        checks.delete(check);
        resolve(found);
      };
      checks.add(check);
      check();
    });
  return { rows, until, cleared: cleared.promise };
}

function ask(agent: Agent, port: number, path: string, headers: Record<string, string> = {}): Promise<void> {
  return new Promise((resolve, reject) => {
    const asked = request({ agent, port, host: '127.0.0.1', path, headers }, (response) => {
      response.resume();
      response.on('end', () => setImmediate(resolve));
    });
    asked.on('error', reject);
    asked.end();
  });
}
