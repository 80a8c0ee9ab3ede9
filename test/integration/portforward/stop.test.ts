import assert from 'node:assert/strict';
import { once } from 'node:events';
import net, { type Socket } from 'node:net';
import { after, before, describe, test } from 'node:test';
import { TRANSPORTS } from '../../../src/kinds/transports.ts';
import { forwardPod } from '../../../src/portforward/forwardPod.ts';
import type { EngineRequest } from '../../../src/portforward/request.ts';
import {
  type DemoForward,
  demoClusterFor,
  demoRestConfig,
  startDemoForward,
} from '../../support/demoForward.ts';
import { eventually } from '../../support/eventually.ts';
import { FakeClock } from '../../support/fakeClock.ts';
import { startStalledDownload, startStalledUpload } from '../../support/stalls.ts';
import { connectTo, echoed, get } from '../../support/tcpClient.ts';
import { TestTcpServer } from '../../support/tcpServer.ts';

/** If a stop takes longer, it waits for something that it should not wait for. */
const QUICK_MS = 10_000;
const TEST_LIMIT_MS = 30_000;
const STEP_MS = 50;
const CALM_SAMPLES = 10;

async function quickly(stopping: Promise<void>): Promise<void> {
  const limit = Promise.withResolvers<void>();
  const timer = setTimeout(() => limit.reject(new Error(`not stopped after ${QUICK_MS} ms`)), QUICK_MS);
  await Promise.race([stopping, limit.promise]).finally(() => clearTimeout(timer));
}

/** Returns the resources that keep this process alive: sockets, servers, timers. */
function resources(): string {
  return process
    .getActiveResourcesInfo()
    .toSorted((a, b) => a.localeCompare(b))
    .join(' ');
}

/** Waits until no more resources are closed or opened. Returns the types of the remaining ones. */
async function settledResources(): Promise<string> {
  let last = '';
  let calmSamples = 0;
  await eventually(() => {
    const before = last;
    last = resources();
    calmSamples = last === before ? calmSamples + 1 : 0;
    return calmSamples === CALM_SAMPLES;
  }, 'resources come and go');
  return last;
}

/** A forward that was started, and that the test has not waited for. */
interface Begun {
  readonly stop: AbortController;
  readonly ended: Promise<void>;
  isReady: boolean;
}

// This container runtime does not keep a connection that has ended. containerd would keep it for another second.
const cluster = await demoClusterFor({ after }, { runtime: 'socat' });

for (const transport of TRANSPORTS) {
  describe(`stop leaves nothing behind, through ${transport}`, () => {
    let clock: FakeClock;
    let atFirst: string;
    const clients: Socket[] = [];

    before(async () => {
      // Runs a forward before the first measurement: some resources are created by the first forward, and kept on
      // purpose.
      const forward = await startDemoForward(cluster, { transport });
      await get(forward.port());
      await forward.stop();
      await eventually(() => cluster.activity.current.openConnections === 0, 'the server keeps connections');
      atFirst = await settledResources();
    });

    /**
     * Defines a test with a new clock. After the test, the process and the server must have the same resources as
     * before.
     */
    function leavingNothing(name: string, body: () => Promise<void>): void {
      test(name, { timeout: TEST_LIMIT_MS }, async () => {
        clock = new FakeClock();
        await body();
        assert.equal(clock.pending, 0, 'timers are left');
        cluster.faults.clear();
        for (const client of clients.splice(0)) client.destroy();
        await eventually(() => {
          const { openConnections, openTunnels, openStreams, openPodConnections } = cluster.activity.current;
          return openConnections + openTunnels + openStreams + openPodConnections === 0;
        }, 'the server keeps something');
        await eventually(
          () => resources() === atFirst,
          () => `left: ${resources()}, at first: ${atFirst}`,
        );
      });
    }

    function begin(changes: Partial<EngineRequest> = {}): Begun {
      const stop = new AbortController();
      const begun: Begun = {
        stop,
        isReady: false,
        ended: forwardPod({
          restConfig: demoRestConfig(cluster),
          pod: { namespace: 'demo', name: 'web' },
          ports: [{ local: 0, remote: 80 }],
          transport,
          clock,
          stop: stop.signal,
          ready: () => {
            begun.isReady = true;
          },
          ...changes,
        }),
      };
      return begun;
    }

    async function stopsBeforeReady({ stop, ended }: Begun): Promise<void> {
      stop.abort();
      await quickly(ended);
    }

    const start = (podName: string, remotePorts: readonly number[]): Promise<DemoForward> =>
      startDemoForward(cluster, { transport, clock, podName, remotePorts });

    const connect = async (port: number): Promise<Socket> => {
      const client = await connectTo(port);
      client.on('error', () => {});
      clients.push(client);
      return client;
    };

    /** Waits for the pod's FIN. The forward delays the FIN, so this function advances the clock. */
    const untilEnd = async (client: Socket): Promise<void> => {
      client.resume();
      await eventually(() => {
        clock.advance(STEP_MS);
        return client.readableEnded;
      }, 'its end does not come');
    };

    leavingNothing('before it has begun', async () => {
      const stop = AbortSignal.abort();
      const { ended } = begin({ stop });
      await quickly(ended);
      assert.equal(cluster.activity.current.openConnections, 0);
    });

    leavingNothing('as soon as it has begun', () => stopsBeforeReady(begin()));

    leavingNothing('while credentials are awaited', async () => {
      const asked = Promise.withResolvers<void>();
      const config = demoRestConfig(cluster);
      const get = (signal: AbortSignal): Promise<never> => {
        asked.resolve();
        return new Promise((_resolve, reject) => {
          signal.addEventListener('abort', () => reject(signal.reason), { once: true });
        });
      };
      const restConfig = { ...config, credentials: { ...config.credentials, get } };
      if (transport === 'channel') return;
      const begun = begin({ restConfig });
      await asked.promise;
      await stopsBeforeReady(begun);
    });

    if (transport !== 'channel') {
      leavingNothing('while the TLS handshake is not answered', async () => {
        cluster.faults.add({ type: 'freeze' });
        const begun = begin();
        await cluster.activity.until(
          ({ openConnections }) => openConnections === 1,
          AbortSignal.timeout(QUICK_MS),
        );
        await stopsBeforeReady(begun);
      });

      leavingNothing('while the upgrade is not answered', async () => {
        cluster.faults.add({ type: 'refuseTransport', transport, how: 'silence' });
        const asked = cluster.activity.audit.length;
        const begun = begin();
        await eventually(() => cluster.activity.audit.length > asked, 'the server is not asked');
        await stopsBeforeReady(begun);
      });

      for (const scheme of ['http', 'https', 'socks5']) {
        leavingNothing(`while a proxy (${scheme}) does not answer`, async () => {
          await using proxy = await TestTcpServer.start();
          const begun = begin({ restConfig: { ...demoRestConfig(cluster), proxy: proxy.url(scheme) } });
          await proxy.tcpConnection();
          await stopsBeforeReady(begun);
          await proxy.quiet();
        });
      }

      leavingNothing('as the first tunnel opens', async () => {
        const begun = begin();
        await cluster.activity.until(({ openTunnels }) => openTunnels === 1, AbortSignal.timeout(QUICK_MS));
        await stopsBeforeReady(begun);
      });
    }

    leavingNothing('at the moment that it is ready', async () => {
      const stop = new AbortController();
      const { ended } = begin({ stop: stop.signal, ready: () => stop.abort() });
      await quickly(ended);
    });

    leavingNothing('while it listens', async () => {
      const forward = await start('web', [80, 81]);
      const port = forward.port(81);
      await quickly(forward.stop());
      await assert.rejects(once(net.connect(port, '127.0.0.1'), 'connect'), { code: 'ECONNREFUSED' });
    });

    leavingNothing('with connections open', async () => {
      const forward = await start('echo', [7]);
      const sockets = await Promise.all(Array.from({ length: 20 }, () => connect(forward.port())));
      for (const socket of sockets) {
        await echoed(socket, 'hello');
      }
      const resets = sockets.map((socket) => once(socket, 'error'));
      await quickly(forward.stop());
      for (const [error] of await Promise.all(resets)) assert.equal(error.code, 'ECONNRESET');
      assert.deepEqual(forward.events.at(-1), {
        type: 'stopped',
        counters: { open: 0, total: 20, failed: 0, bytesSent: 100, bytesReceived: 100 },
      });
    });

    leavingNothing('with connections half closed, by the client and by the pod', async () => {
      const forward = await start('multi', [8080, 7]);
      const byClient = await connect(forward.port(7));
      byClient.end('all of it');
      await untilEnd(byClient);
      const byPod = await connect(forward.port(8080));
      byPod.write('GET /healthz HTTP/1.1\r\nHost: pod\r\nConnection: close\r\n\r\n');
      await untilEnd(byPod);
      await quickly(forward.stop());
    });

    leavingNothing('while a connection waits for the server', async () => {
      const forward = await start('echo', [7]);
      const served: Socket[] = [];
      // The first connection uses the first tunnel, and the second one the spare tunnel. A third one has to wait.
      for (let count = 0; count < 2; count++) {
        const socket = await connect(forward.port());
        await echoed(socket, 'hello');
        served.push(socket);
        if (transport !== 'channel' && count === 0) {
          await cluster.activity.until(({ openTunnels }) => openTunnels === 2, AbortSignal.timeout(QUICK_MS));
          cluster.faults.add({ type: 'refuseTransport', transport, how: 'silence' });
        }
      }
      if (transport === 'channel') cluster.faults.add({ type: 'refuseTransport', transport, how: 'silence' });
      const waiting = await connect(forward.port());
      waiting.write('hello');
      const reset = once(waiting, 'error');
      const asked = cluster.activity.audit.length;
      if (transport === 'channel')
        await eventually(() => cluster.activity.audit.length > asked, 'the server is not asked');
      await quickly(forward.stop());
      assert.equal((await reset)[0].code, 'ECONNRESET');
    });

    leavingNothing('with a download that nobody reads', async () => {
      const forward = await start('web', [80]);
      clients.push((await startStalledDownload(forward.port())).on('error', () => {}));
      await quickly(forward.stop());
    });

    leavingNothing('with an upload that the pod does not read', async () => {
      cluster.faults.add({ type: 'stallPort', what: 'read', namespace: 'demo', pod: 'echo' });
      const forward = await start('echo', [7]);
      clients.push((await startStalledUpload(forward.port())).on('error', () => {}));
      await quickly(forward.stop());
    });

    leavingNothing('with a tunnel that has gone silent, full both ways', async () => {
      const forward = await start('multi', [8080, 7]);
      clients.push((await startStalledDownload(forward.port(8080))).on('error', () => {}));
      clients.push((await startStalledUpload(forward.port(7))).on('error', () => {}));
      cluster.faults.dropTunnels('silence');
      await quickly(forward.stop());
    });

    leavingNothing('while it drains', async () => {
      const drain = new AbortController();
      const forward = await startDemoForward(cluster, { transport, clock, drain: drain.signal });
      clients.push((await startStalledDownload(forward.port())).on('error', () => {}));
      drain.abort();
      await eventually(
        () =>
          once(net.connect(forward.port(), '127.0.0.1'), 'connect').then(
            () => false,
            () => true,
          ),
        'it goes on listening',
      );
      await quickly(forward.stop());
    });
  });
}
