import assert from 'node:assert/strict';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { after, describe, test } from 'node:test';
import {
  type BoundAddress,
  type Exchange,
  isCoded,
  type PortForwardOptions,
  type PortForwardState,
  portForward,
  portForwardPod,
} from '../../../src/library.ts';
import { demoClusterFor, demoRestConfig } from '../../support/demoForward.ts';
import { eventually } from '../../support/eventually.ts';
import { columns } from '../../support/fields.ts';
import { FileLogin } from '../../support/fileLogin.ts';
import { readBuffered } from '../../support/readBuffered.ts';
import { assertNobodyListens, get } from '../../support/tcpClient.ts';
import { temporaryFolder } from '../../support/temporaryDirectory.ts';

const cluster = await demoClusterFor({ after });

describe('portForward', () => {
  function options(overrides: Partial<PortForwardOptions> = {}): PortForwardOptions {
    return {
      restConfig: demoRestConfig(cluster),
      namespace: 'demo',
      target: 'service/web',
      ports: [':http'],
      addresses: ['127.0.0.1'],
      ...overrides,
    };
  }

  test('returns at once, is ready when traffic can pass, and leaves nothing behind', async () => {
    const forward = portForward(options());
    assert.deepEqual([forward.state, forward.addresses], [{ type: 'starting' }, []]);
    const states: PortForwardState['type'][] = [];
    forward.onDidChangeState((state) => states.push(state.type));
    const [address] = await forward.ready;
    assert.ok(address);
    assert.equal(forward.state.type, 'ready');
    assert.deepEqual(forward.addresses, [address]);
    assert.equal((await get(address.localPort, '/healthz')).status, 200);
    await forward.stop();
    await forward.ended;
    // If the start is slow, the state `starting` is reported several times.
    assert.deepEqual(
      states.filter((type) => type !== 'starting'),
      ['ready', 'stopping', 'stopped'],
    );
    await assertNobodyListens(address.localPort);
  });

  test('an error of the ready callback ends a forward to a pod, also if it comes later', async () => {
    const mine = new Error('mine');
    let localPort = 0;
    const request = {
      restConfig: demoRestConfig(cluster),
      pod: { namespace: 'demo', name: 'web' },
      ports: [{ local: 0, remote: 80 }],
      stop: new AbortController().signal,
    };
    const later = async ([address]: readonly BoundAddress[]) => {
      localPort = address?.localPort ?? 0;
      await get(localPort, '/healthz');
      throw mine;
    };
    const atOnce = () => {
      throw mine;
    };
    for (const ready of [later, atOnce]) {
      await assert.rejects(portForwardPod({ ...request, ready }), mine);
      await assertNobodyListens(localPort);
    }
  });

  test('an error of the ready callback after the stop is no failure of a forward to a pod', async () => {
    const stop = new AbortController();
    await portForwardPod({
      restConfig: demoRestConfig(cluster),
      pod: { namespace: 'demo', name: 'web' },
      ports: [{ local: 0, remote: 80 }],
      stop: stop.signal,
      ready: () => {
        stop.abort();
        return Promise.reject(stop.signal.reason);
      },
    });
  });

  test('calls onExchange with each request and only the promised fields', async () => {
    const exchanges: Exchange[] = [];
    const seen = Promise.withResolvers<void>();
    await using forward = portForward(
      options({
        onExchange: (exchange) => {
          exchanges.push(exchange);
          if (exchanges.length === 2) seen.resolve();
        },
      }),
    );
    const [address] = await forward.ready;
    assert.ok(address);
    await get(address.localPort, '/healthz?token=planted-secret');
    await get(address.localPort, '/nothing');
    await seen.promise;
    assert.deepEqual(columns(exchanges, 'method', 'path', 'queryNames', 'status'), [
      ['GET', '/healthz', ['token'], 200],
      ['GET', '/nothing', undefined, 404],
    ]);
    assert.doesNotMatch(JSON.stringify(exchanges), /planted/);
  });

  test('keeps its port when the pod is replaced', async () => {
    await using forward = portForward(options({ target: 'deployment/web' }));
    const [address] = await forward.ready;
    assert.ok(address);
    const { state } = forward;
    assert.ok(state.type === 'ready');
    const back = new Promise<PortForwardState>((resolve) => {
      forward.onDidChangeState((next) => {
        if (next.type === 'ready' && next.pod.name !== state.pod.name) resolve(next);
      });
    });
    cluster.pods.delete('demo', state.pod.name);
    await back;
    assert.equal((await get(address.localPort, '/healthz')).status, 200);
  });

  test('whose plugin has failed goes on after the user has signed in with another program', async (context) => {
    const login = new FileLogin(cluster, join(await temporaryFolder(context), 'login'));
    await login.give();
    const { restConfig: _, ...others } = options();
    await using forward = portForward({ ...others, kubeconfigPath: await login.kubeconfig() });
    await forward.ready;
    await login.takeAway();
    const fault = cluster.faults.add({ type: 'answer', status: 401 });
    cluster.faults.dropTunnels('reset');
    const hasFailed = () => 'error' in forward.state && isCoded(forward.state.error, 'CREDENTIALS_FAILED');
    await eventually(hasFailed, 'the plugin did not fail');
    fault.dispose();
    await login.give();
    await eventually(() => forward.state.type === 'ready', 'the plugin did not run again');
  });

  test('waits for a deleted target as long as waitForTargetMs says', async () => {
    await using forward = portForward(
      options({ target: 'pod/greeter', ports: [':2525'], waitForTargetMs: 0 }),
    );
    await forward.ready;
    cluster.pods.delete('demo', 'greeter', 0);
    await assert.rejects(forward.ended, { code: 'POD_NOT_FOUND' });
  });

  test('forwards to Ready pods only with requireReady', async () => {
    cluster.pods.setReady('demo', 'echo', false);
    const target = { target: 'pod/echo', ports: [':7'], podRunningTimeoutMs: 100 };
    await using strict = portForward(options({ ...target, requireReady: true }));
    await assert.rejects(strict.ready, { code: 'POD_NOT_RUNNING' });
    await using forward = portForward(options(target));
    await forward.ready;
  });

  test('writes the lines of kubectl to the streams', async () => {
    const streams = { out: new PassThrough(), err: new PassThrough() };
    await using forward = portForward(options({ streams }));
    const [address] = await forward.ready;
    assert.equal(
      String(readBuffered(streams.out)),
      `Forwarding from 127.0.0.1:${address?.localPort} -> ${address?.remotePort}\n`,
    );
    assert.equal(streams.err.readableLength, 0);
  });

  test('ends by its stop signal, also before it is ready', async () => {
    const stop = new AbortController();
    const forward = portForward(options({ stop: stop.signal }));
    stop.abort();
    await forward.ended;
    await assert.rejects(forward.ready, { code: 'STOPPED' });
    assert.deepEqual(forward.state, { type: 'stopped' });
  });

  test('raises no unhandled rejection if nobody awaits it', async (context) => {
    const unhandled = context.mock.fn();
    process.on('unhandledRejection', unhandled);
    const forward = portForward(options({ target: 'pod/nobody' }));
    await new Promise<void>((resolve) => {
      forward.onDidChangeState((state) => {
        if (state.type === 'failed') resolve();
      });
    });
    await new Promise((resolve) => setImmediate(resolve));
    process.off('unhandledRejection', unhandled);
    assert.equal(unhandled.mock.callCount(), 0);
    await forward.stop();
    assert.equal(forward.state.type, 'failed');
  });

  const BAD: readonly [string, Partial<PortForwardOptions>, string][] = [
    ['an unknown kind of target', { target: 'secret/web' }, 'INVALID_TARGET'],
    ['a target that does not exist', { target: 'svc/nobody' }, 'TARGET_NOT_FOUND'],
    ['a wait below 0', { waitForTargetMs: -1 }, 'USAGE'],
    ['a wait that is not a number', { waitForTargetMs: Number.NaN }, 'USAGE'],
    ['a port that is no port', { ports: ['80:70000'] }, 'INVALID_PORT'],
    ['a local port given twice', { ports: ['8080:80', '8080:81'] }, 'DUPLICATE_LOCAL_PORT'],
    ['no ports', { ports: [] }, 'USAGE'],
    ['an address of another machine', { addresses: ['192.0.2.1'] }, 'ADDRESS_NOT_AVAILABLE'],
    ['an invalid address', { addresses: ['here'] }, 'INVALID_ADDRESS'],
    ['two clusters', { context: 'demo-admin' }, 'USAGE'],
  ];
  for (const [name, overrides, code] of BAD) {
    test(`rejects ${name} with ${code}`, async () => {
      const forward = portForward(options(overrides));
      await assert.rejects(forward.ready, { code });
      await assert.rejects(forward.ended, { code });
      assert.ok(forward.state.type === 'failed' && forward.state.error.code === code);
      assert.deepEqual(forward.addresses, []);
    });
  }
});
