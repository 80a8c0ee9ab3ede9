import assert from 'node:assert/strict';
import net from 'node:net';
import { join } from 'node:path';
import { after, suite, test } from 'node:test';
import { isCoded } from '../../../src/base/errors.ts';
import type { Exchange } from '../../../src/kinds/exchange.ts';
import { openGateway } from '../../../src/library.ts';
import { demoClusterFor, demoRestConfig } from '../../support/demoForward.ts';
import { readUntilText } from '../../support/demoGateway.ts';
import { eventually } from '../../support/eventually.ts';
import { FileLogin } from '../../support/fileLogin.ts';
import { holdPort } from '../../support/localPorts.ts';
import { temporaryFolder } from '../../support/temporaryDirectory.ts';

const cluster = await demoClusterFor({ after });

suite('openGateway', () => {
  test('serves a namespace by its names until it is stopped', async () => {
    const exchanges: Exchange[] = [];
    await using gateway = openGateway({
      restConfig: demoRestConfig(cluster),
      namespaces: ['demo'],
      port: 0,
      onExchange: (exchange) => exchanges.push(exchange),
    });
    assert.equal(gateway.state.type, 'starting');
    const { localPort, url, proxyUrl } = await gateway.ready;
    assert.equal(url, `http://localhost:${localPort}/`);
    assert.equal(gateway.variables()['HTTP_PROXY'], proxyUrl);
    const web = gateway.services.find(({ name }) => name === 'web');
    assert.deepEqual(web, {
      namespace: 'demo',
      name: 'web',
      url: `http://web.demo.localhost:${localPort}/`,
      hasSelector: true,
      readyPods: 2,
      pods: 2,
    });
    const socket = net.connect(localPort, '127.0.0.1');
    socket.write('GET /healthz HTTP/1.1\r\nHost: web.demo.localhost\r\n\r\n');
    await readUntilText(socket, /200 OK/);
    await eventually(() => exchanges.length > 0, 'no exchange');
    const [{ service, path, status } = {}] = exchanges;
    assert.deepEqual([service, path, status], ['web.demo', '/healthz', 200]);
    await gateway.stop();
    assert.equal(gateway.state.type, 'stopped');
    const again = net.connect(localPort, '127.0.0.1');
    await new Promise((resolve) => again.once('error', resolve));
  });

  test('whose plugin has failed goes on after the user has signed in with another program', async (context) => {
    const login = new FileLogin(cluster, join(await temporaryFolder(context), 'login'));
    await login.give();
    const kubeconfigPath = await login.kubeconfig();
    await using gateway = openGateway({ kubeconfigPath, namespaces: ['demo'], port: 0 });
    await gateway.ready;
    await login.takeAway();
    const fault = cluster.faults.add({ type: 'answer', status: 401 });
    await cluster.faults.restart();
    const hasFailed = () => 'error' in gateway.state && isCoded(gateway.state.error, 'CREDENTIALS_FAILED');
    await eventually(hasFailed, 'the plugin did not fail');
    fault.dispose();
    await login.give();
    await eventually(() => gateway.state.type === 'ready', 'the plugin did not run again');
  });

  test('ends with the error that prevents the start, and with no other state', async () => {
    await using used = await holdPort('127.0.0.1');
    const restConfig = demoRestConfig(cluster);
    const rows = [
      [{ restConfig, namespaces: ['nowhere'], port: 0 }, 'NAMESPACE_NOT_FOUND'],
      [{ restConfig, namespaces: [] }, 'USAGE'],
      [{ restConfig, namespaces: ['../x'] }, 'USAGE'],
      [{ restConfig, namespaces: ['a.b'] }, 'USAGE'],
      [{ restConfig, port: -1 }, 'INVALID_PORT'],
      [{ restConfig, port: used.port }, 'PORT_IN_USE'],
      [{ restConfig: demoRestConfig(cluster, 'demo-getonly'), port: 0 }, 'FORBIDDEN'],
    ] as const;
    for (const [options, code] of rows) {
      const gateway = openGateway(options);
      const states = new Set<string>();
      gateway.onDidChange(() => states.add(gateway.state.type));
      await assert.rejects(gateway.ready, (error) => isCoded(error, code), code);
      await gateway.stop();
      assert.equal(gateway.state.type, 'failed');
      states.delete('starting');
      assert.deepEqual([...states], ['failed'], code);
    }
  });

  test('rejects with STOPPED if stopped before it is ready', async () => {
    const stop = new AbortController();
    const gateway = openGateway({ restConfig: demoRestConfig(cluster), stop: stop.signal });
    stop.abort();
    await assert.rejects(gateway.ready, (error) => isCoded(error, 'STOPPED'));
    await gateway.stop();
    assert.equal(gateway.state.type, 'stopped');
  });
});
