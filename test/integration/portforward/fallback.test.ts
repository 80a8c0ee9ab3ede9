import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { type DemoCluster, startDemoCluster, type TransportRefusal } from '../../../src/demo/entry.ts';
import { TRANSPORTS } from '../../../src/kinds/transports.ts';
import type { TransportName } from '../../../src/portforward/transport/transport.ts';
import { TransportMemory } from '../../../src/portforward/transport/transportMemory.ts';
import type { CredentialSource, Credentials } from '../../../src/rest/restConfig.ts';
import { rejection } from '../../support/coded.ts';
import {
  type DemoForward,
  type DemoForwardOptions,
  demoClusterFor,
  demoForwardFor,
  demoRestConfig,
  type TestEnd,
} from '../../support/demoForward.ts';
import { eventually } from '../../support/eventually.ts';
import { FakeClock } from '../../support/fakeClock.ts';
import { fieldOf } from '../../support/fields.ts';
import { FakeCredentials } from '../../support/restConfig.ts';
import { get } from '../../support/tcpClient.ts';

const REFUSALS: readonly TransportRefusal[] = [400, 403, 404, 426, 502, 'silence', 'strip-upgrade'];
/** The fake clock advances by this time every 10 ms of real time. */
const STEP_MS = 200;

/**
 * The text of {@link Handshakes} for a channel request without a port. A client sends this request to test whether the
 * server supports channels. The server answers the request with 400.
 */
const CHANNEL_TRIED = 'websocket 400';

/** Returns the upgrade requests that the server got, with the status of each answer: `spdy 101`. */
class Handshakes {
  readonly #cluster: DemoCluster;
  #seen: number;

  constructor(cluster: DemoCluster) {
    this.#cluster = cluster;
    this.#seen = cluster.activity.audit.length;
  }

  /** Returns the requests since the last call, except those with the port 0, which only test for channels. */
  next(): string[] {
    const { audit } = this.#cluster.activity;
    const entries = audit.slice(this.#seen).filter(({ resource }) => resource === 'pods/portforward');
    this.#seen = audit.length;
    const asked = entries.filter(({ path }) => !path.endsWith('?ports=0'));
    return asked.map(({ method, path, status }) => {
      const transport = method === 'POST' ? 'spdy' : path.includes('?ports=') ? 'channel' : 'websocket';
      return `${transport} ${status}`;
    });
  }

  /** Returns the requests since the last call that were refused. */
  nextRefused(): string[] {
    return this.next().filter((handshake) => !handshake.endsWith(' 101'));
  }
}

/** Starts a forward, and waits until it has a spare tunnel. Advances the clock until the forward is ready. */
async function forwardIn(
  test: TestEnd,
  cluster: DemoCluster,
  options: DemoForwardOptions,
): Promise<DemoForward> {
  const clock = new FakeClock();
  const starting = demoForwardFor(test, cluster, { clock, ...options });
  let isSettled = false;
  const settle = () => {
    isSettled = true;
  };
  starting.then(settle, settle);
  await eventually(() => {
    if (!isSettled) clock.advance(STEP_MS);
    return isSettled;
  }, 'it is not ready');
  const forward = await starting;
  const { transport } = await forward.event('ready');
  const tunnels = transport === 'channel' ? 0 : 2;
  await eventually(() => cluster.activity.current.openTunnels >= tunnels, 'it has no spare tunnel');
  return forward;
}

/** Checks that the forward carries traffic, also with several tunnels. */
async function assertForwards(forward: DemoForward): Promise<void> {
  const answers = await Promise.all([1, 2, 3].map(() => get(forward.port(), '/healthz')));
  assert.deepEqual(fieldOf(answers, 'body'), ['ok\n', 'ok\n', 'ok\n']);
}

function refusedEvents({ events }: DemoForward): TransportName[] {
  return events.flatMap((event) => (event.type === 'transportRefused' ? [event.transport] : []));
}

const statusOf = (how: TransportRefusal): number => {
  if (how === 'silence') return 0;
  return how === 'strip-upgrade' ? 400 : how;
};

describe('a refused transport is replaced by another', () => {
  // `refused` lists the refused transports in the order in which they are tried. With a path prefix, SPDY comes second.
  const cases = [
    { refused: ['spdy'], taken: 'websocket', pathPrefix: '' },
    { refused: ['websocket'], taken: 'spdy', pathPrefix: '/k8s/clusters/demo' },
    { refused: ['spdy', 'websocket'], taken: 'channel', pathPrefix: '' },
    { refused: ['websocket', 'spdy'], taken: 'channel', pathPrefix: '/k8s/clusters/demo' },
  ] as const;

  for (const { refused, taken, pathPrefix } of cases) {
    describe(`with ${refused.join(' and ')} refused${pathPrefix && ' behind a gateway'}`, () => {
      let cluster: DemoCluster;
      before(async () => {
        cluster = await startDemoCluster({ pathPrefix });
      });
      after(() => cluster.dispose());

      for (const how of REFUSALS) {
        // 403 means a missing right. A channel would need the same right, so it would be refused too.
        if (how === 403 && taken === 'channel') continue;

        test(String(how), async (t) => {
          for (const transport of refused) cluster.faults.add({ type: 'refuseTransport', transport, how });
          t.after(() => cluster.faults.clear());
          const transportMemory = new TransportMemory();
          const handshakes = new Handshakes(cluster);

          const first = await forwardIn(t, cluster, { transportMemory });
          await assertForwards(first);
          const tried = taken === 'channel' ? [CHANNEL_TRIED] : [];
          const asked = refused.map((transport) => `${transport} ${statusOf(how)}`);
          assert.deepEqual(
            handshakes.nextRefused(),
            [...asked, ...tried],
            'each is asked once, however many tunnels there are',
          );
          assert.deepEqual(refusedEvents(first), refused);
          const ready = first.events.find((event) => event.type === 'ready');
          assert.equal(ready?.transport, taken);
          await first.stop();

          const second = await forwardIn(t, cluster, { transportMemory });
          await assertForwards(second);
          // After a 403, the second forward tries the refused transports again, because the user may have got the right
          // since. After any other refusal, it does not try them.
          assert.deepEqual(handshakes.nextRefused(), how === 403 ? asked : tried);
          await second.stop();
        });
      }
    });
  }
});

describe('a pinned transport is the only one tried', () => {
  for (const transport of ['spdy', 'websocket'] as const) {
    test(transport, async (t) => {
      const cluster = await demoClusterFor(t);
      const handshakes = new Handshakes(cluster);
      const forward = await forwardIn(t, cluster, { transport });
      await assertForwards(forward);
      await forward.stop();
      assert.deepEqual([...new Set(handshakes.next())], [`${transport} 101`]);
      cluster.faults.add({ type: 'refuseTransport', transport, how: 426 });
      const error = await rejection(forwardIn(t, cluster, { transport }));
      assert.equal(error.code, 'UPGRADE_REFUSED');
      assert.match(error.message, /rejected the (SPDY\/3\.1|websocket) transport \(426: Upgrade Required\)/);
      assert.deepEqual(handshakes.next(), [`${transport} 426`]);
    });
  }

  test('channel is used when pinned', async (t) => {
    const cluster = await demoClusterFor(t);
    const handshakes = new Handshakes(cluster);
    const forward = await forwardIn(t, cluster, { transport: 'channel' });
    await assertForwards(forward);
    assert.deepEqual(handshakes.next(), [CHANNEL_TRIED, 'channel 101', 'channel 101', 'channel 101']);
    assert.equal(forward.events.filter(({ type }) => type === 'noHalfClose').length, 1);
  });
});

/**
 * Returns a source of credentials. The source returns `stale` until the server has refused credentials, and then
 * `fresh`.
 */
function renewingCredentials(stale: Credentials, fresh: Credentials): CredentialSource {
  let current = stale;
  return {
    user: 'renewing',
    get: () => Promise.resolve(current),
    invalidate(refused) {
      current = fresh;
      return refused !== fresh;
    },
  };
}

describe('credentials', () => {
  for (const transport of TRANSPORTS) {
    test(`are renewed once after a 401 through ${transport}`, async (t) => {
      const cluster = await demoClusterFor(t);
      const fresh = { authorization: `Bearer ${cluster.token('demo-developer')}` };
      const credentials = renewingCredentials({ authorization: 'Bearer stale' }, fresh);
      const handshakes = new Handshakes(cluster);
      const restConfig = { ...demoRestConfig(cluster), credentials };
      const forward = await forwardIn(t, cluster, { restConfig, transport });
      await assertForwards(forward);
      const refused = handshakes.nextRefused();
      // Several requests may have been sent with the stale credentials before the first one was refused.
      const stale = refused.filter((handshake) => handshake.endsWith(' 401'));
      assert.ok(stale.length >= 1 && stale.length <= 3, refused.join());
      assert.deepEqual(refusedEvents(forward), []);
    });
  }

  test('end the forward at a second 401, whatever other transports exist', async (t) => {
    const cluster = await demoClusterFor(t);
    const credentials = new FakeCredentials({ authorization: 'Bearer a' }, { authorization: 'Bearer b' });
    const handshakes = new Handshakes(cluster);
    const restConfig = { ...demoRestConfig(cluster), credentials };
    const error = await rejection(forwardIn(t, cluster, { restConfig }));
    assert.equal(error.code, 'UNAUTHORIZED');
    assert.deepEqual(handshakes.next(), ['spdy 401', 'spdy 401']);
  });
});

describe('versions and rights', () => {
  const cases: readonly (readonly [
    version: string,
    user: 'demo-getonly' | 'demo-createonly' | 'demo-developer',
    pathPrefix: string,
    refused: readonly string[],
    taken: TransportName,
  ])[] = [
    ['1.29', 'demo-developer', '', [], 'spdy'],
    ['1.29', 'demo-createonly', '', [], 'spdy'],
    ['1.29', 'demo-getonly', '', ['spdy 403', 'websocket 400', CHANNEL_TRIED], 'channel'],
    ['1.29', 'demo-developer', '/gateway', ['websocket 400'], 'spdy'],
    ['1.32', 'demo-getonly', '', ['spdy 403'], 'websocket'],
    ['1.32', 'demo-createonly', '', [], 'spdy'],
    ['1.32', 'demo-createonly', '/gateway', ['websocket 403'], 'spdy'],
    ['1.36', 'demo-developer', '', [], 'spdy'],
    ['1.36', 'demo-developer', '/gateway', [], 'websocket'],
    ['1.36', 'demo-createonly', '/gateway', ['websocket 403'], 'spdy'],
  ];
  for (const [kubernetesVersion, user, pathPrefix, refused, taken] of cases) {
    test(`${user} on ${kubernetesVersion}${pathPrefix && ' behind a gateway'} uses ${taken}`, async (t) => {
      const cluster = await demoClusterFor(t, { kubernetesVersion, pathPrefix });
      const handshakes = new Handshakes(cluster);
      const forward = await forwardIn(t, cluster, { user });
      await assertForwards(forward);
      assert.deepEqual(handshakes.nextRefused(), refused);
      assert.equal(cluster.activity.current.openedTunnels[taken] > 0, true);
      assert.equal(
        forward.events.some(({ type }) => type === 'noHalfClose'),
        taken === 'channel',
      );
    });
  }

  test('a user who may only get is told on 1.36 which other verb the server needs', async (t) => {
    const cluster = await demoClusterFor(t, { kubernetesVersion: '1.36' });
    const error = await rejection(forwardIn(t, cluster, { user: 'demo-getonly' }));
    assert.equal(error.code, 'FORBIDDEN');
    assert.match(error.message, /^user "demo-getonly" cannot create pods\/portforward in namespace "demo"/);
    assert.match(error.message, /verbs: \["create"\], resources: \["pods\/portforward"\]$/);
  });

  for (const kubernetesVersion of ['1.29', '1.32', '1.36']) {
    test(`a viewer on ${kubernetesVersion} gets one error that names the missing verbs`, async (t) => {
      const cluster = await demoClusterFor(t, { kubernetesVersion });
      const handshakes = new Handshakes(cluster);
      const error = await rejection(forwardIn(t, cluster, { user: 'demo-viewer' }));
      assert.equal(error.code, 'FORBIDDEN');
      assert.match(
        error.message,
        /^user "demo-viewer" cannot get or create pods\/portforward in namespace "demo" /,
      );
      assert.match(error.message, /verbs: \["get", "create"\], resources: \["pods\/portforward"\]$/);
      assert.deepEqual(handshakes.next(), ['spdy 403', 'websocket 403']);
    });
  }
});
