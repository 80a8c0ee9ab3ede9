import assert from 'node:assert/strict';
import net from 'node:net';
import { after, test } from 'node:test';
import { proxyVariables } from '../../../src/gateway/variables.ts';
import { demoClusterFor } from '../../support/demoForward.ts';
import { isMissing, readToEnd, runClient, settledGateway, socksRequest } from '../../support/demoGateway.ts';

// Tests that common programs reach Services by their names in the cluster. Each program has its own way to configure a
// proxy, and the tests configure the gateway as this proxy.

// This container runtime passes a FIN on at once. containerd would delay it by 1 s, which would only make tests slower.
const demo = await demoClusterFor({ after }, { runtime: 'socat' });
const open = await settledGateway({ after }, demo, { namespaces: ['demo', 'staging'] });
assert.equal(open.gateway.state.type, 'ready');

const noCurl = isMissing('curl');
const curl = (...args: readonly string[]) => runClient('curl', ['-sS', '-g', ...args]);

test('curl reaches a service below localhost, whichever way it names the port', {
  skip: noCurl,
}, async () => {
  for (const name of ['web.demo', 'http.web.demo', 'p80.web.demo', 'web', 'web.demo.demo-admin']) {
    assert.match(await curl(open.url(name, '/api/pod')), /"port":8080/, name);
  }
  assert.match(await curl(open.url('web.staging', '/api/pod')), /"namespace":"staging"/);
});

test('curl reaches services through the HTTP proxy, with successive requests to different hosts', {
  skip: noCurl,
}, async () => {
  const { proxy } = open;
  const both = await curl('-x', proxy, 'http://web/api/pod', 'http://web.staging.svc.cluster.local/api/pod');
  assert.match(both, /"namespace":"demo".*\n.*"namespace":"staging"/);
  const headers = await curl('-x', proxy, '--proxy-header', 'X-Own: no', 'http://web.demo/api/headers?a=b');
  assert.match(headers, /"host":"web.demo"/);
  assert.doesNotMatch(headers, /proxy-/i);
});

test('curl reaches services through CONNECT and SOCKS 5, by name and by address', {
  skip: noCurl,
}, async () => {
  assert.match(await curl('-p', '-x', open.proxy, 'http://web.demo.svc/api/pod'), /"namespace":"demo"/);
  assert.match(await curl('-x', open.socks, 'http://web.demo/api/pod'), /"namespace":"demo"/);
  const service = demo.store.get('services', 'demo', 'web');
  assert.match(await curl('-x', open.socks, `http://${service?.spec.clusterIP}/api/pod`), /"port":8080/);
  const [pod] = demo.pods.list('demo', { app: 'web' });
  const address = pod?.status.podIP ?? '';
  assert.match(
    await curl('-x', open.socks, `http://${address}:8080/api/pod`),
    new RegExp(pod?.metadata.name ?? '-'),
  );
  const dashed = address.replaceAll('.', '-');
  assert.match(await curl('-x', open.socks, `http://${dashed}.demo.pod:8080/api/pod`), /"port":8080/);
  for (const label of ['p8080', 'http']) {
    const url = `http://${label}.${dashed}.demo.pod.localhost:${open.port}/api/pod`;
    assert.match(await curl(url), /"port":8080/, label);
  }
});

test('a database protocol passes through SOCKS 5 to the named pods of a headless service', async () => {
  const answers = new Set<string>();
  for (const host of ['db-0.db', 'db-1.db.demo.svc.cluster.local', 'db']) {
    const socket = net.connect(open.port, '127.0.0.1');
    socket.write(Buffer.from([5, 1, 0]));
    socket.write(socksRequest(1, host, 6379));
    // The client sends these bytes before the SOCKS replies arrive. They must not be lost.
    socket.write('PING\r\nQUIT\r\n');
    const read = await readToEnd(socket);
    assert.equal(read.subarray(0, 12).toString('hex'), '050005000001000000000000', host);
    answers.add(read.subarray(12).toString());
  }
  assert.deepEqual([...answers], ['+PONG\r\n+OK\r\n']);
});

test('wget, Python and Node reach services by the variables', {
  skip: isMissing('wget') || isMissing('python3'),
}, async () => {
  const variables = proxyVariables({ localPort: open.port, environment: {} });
  assert.match(await runClient('wget', ['-qO-', 'http://web.demo/api/pod'], variables), /"namespace":"demo"/);
  const python = 'import urllib.request as u; print(u.urlopen("http://web.staging/api/pod").read().decode())';
  assert.match(await runClient('python3', ['-c', python], variables), /"namespace":"staging"/);
  const node = 'fetch("http://web/api/pod").then((r) => r.text()).then((t) => process.stdout.write(t))';
  assert.match(await runClient(process.execPath, ['-e', node], variables), /"namespace":"demo"/);
});
