import assert from 'node:assert/strict';
import net from 'node:net';
import { after, test } from 'node:test';
import { type Clock, delay, systemClock } from '../../../src/base/async.ts';
import { createPodTemplate, IMAGE, tcp } from '../../../src/demo/entry.ts';
import { DemoApp } from '../../support/demoApp.ts';
import { demoClusterFor } from '../../support/demoForward.ts';
import { readUntilText, settledGateway, WAYS, type Way } from '../../support/demoGateway.ts';
import { eventually } from '../../support/eventually.ts';
import { FakeClock } from '../../support/fakeClock.ts';

// Tests that connections reach the right pods while Services and pods change.

/** How long a deleted pod continues to serve, like one that ends gracefully. Milliseconds. */
const STOP_MS = 1_500;
const CONNECTIONS = 20;

// This container runtime passes a FIN on at once. containerd would delay it by 1 s, which would only make tests slower.
const demo = await demoClusterFor({ after }, { runtime: 'socat', podTimings: { stopMs: STOP_MS } });
const open = await settledGateway({ after }, demo);

/** Sends a request to a host name. Returns the name of the pod that answers, or the status line if none does. */
async function answeringPod(name = 'web.demo'): Promise<string> {
  const socket = net.connect(open.port, '127.0.0.1');
  try {
    socket.write(`GET /api/pod HTTP/1.1\r\nHost: ${name}.localhost\r\n\r\n`);
    const answer = await readUntilText(socket, /"pod":"([^"]+)"|^HTTP\/1.1 (?!200)\d+[^\r]*/);
    return answer[1] ?? answer[0];
  } finally {
    socket.destroy();
  }
}

const podNames = (labels: Record<string, string>) =>
  demo.pods.list('demo', labels).map(({ metadata }) => metadata.name);

function setVersion(version: string, port: number): void {
  const template = createPodTemplate(
    { app: 'web' },
    { containers: [{ name: 'web', image: `${IMAGE.web}:${version}`, ports: [tcp(port, 'http')] }] },
  );
  demo.store.modify('deployments.apps', 'demo', 'web', (deployment) => ({
    ...deployment,
    spec: { ...deployment.spec, template },
  }));
}

test('connections are spread evenly over the Ready pods only', async () => {
  const counts = new Map<string, number>();
  for (let count = 0; count < 10; count++) {
    const pod = await answeringPod();
    counts.set(pod, (counts.get(pod) ?? 0) + 1);
  }
  assert.deepEqual([...counts.values()], [5, 5]);
  const [first = '', second = ''] = podNames({ app: 'web' });
  demo.pods.setReady('demo', first, false);
  await eventually(
    async () => (await answeringPod()) === second && (await answeringPod()) === second,
    'still used',
  );
  demo.pods.setReady('demo', first, true);
  await eventually(async () => (await answeringPod()) === first, 'not used again');
});

test('a rolling update and a moved port fail none of 50 new connections a second', async () => {
  const pods = new Set<string>();
  const failures: unknown[] = [];
  const asked: Promise<void>[] = [];
  let hasEnded = false;
  const load = (async () => {
    while (!hasEnded) {
      asked.push(
        answeringPod().then(
          (pod) => void pods.add(pod),
          (error: unknown) => void failures.push(error),
        ),
      );
      await delay(20);
    }
  })();
  // The Service refers to the pods' port by its name, so pods that listen on different port numbers can serve at once.
  for (const [version, port] of [
    ['2.0', 8081],
    ['3.0', 8082],
  ] as const) {
    const before = podNames({ app: 'web' });
    setVersion(version, port);
    await eventually(() => {
      const now = podNames({ app: 'web' });
      return (
        now.length === 2 && !now.some((name) => before.includes(name)) && now.every((name) => pods.has(name))
      );
    }, 'the rollout does not end');
  }
  hasEnded = true;
  await load;
  await Promise.all(asked);
  assert.deepEqual(failures, []);
  assert.deepEqual(
    [...pods].filter((pod) => pod.startsWith('HTTP')),
    [],
    `of ${asked.length} connections`,
  );
});

test('a service scaled to 0 reports it, and serves again once pods are back', async () => {
  const web = new DemoApp(demo, 'web').scale(0);
  await eventually(() => podNames({ app: 'web' }).length === 0, 'not scaled');
  assert.match(await answeringPod(), /^HTTP\/1.1 503/);
  const waiting = answeringPod();
  web.scale(2);
  assert.match(await waiting, /^web-/);
});

test('a service that publishes pods that are not Ready serves them, also to a connection that waits', async () => {
  const pods = podNames({ app: 'web' });
  for (const pod of pods) demo.pods.setReady('demo', pod, false);
  await eventually(
    () => open.gateway.services.some(({ name, readyPods }) => name === 'web' && readyPods === 0),
    'still ready',
  );
  const waiting = answeringPod();
  const publish = (publishNotReadyAddresses: boolean) =>
    demo.store.modify('services', 'demo', 'web', (service) => ({
      ...service,
      spec: { ...service.spec, publishNotReadyAddresses },
    }));
  publish(true);
  assert.ok(pods.includes(await waiting));
  publish(false);
  for (const pod of pods) demo.pods.setReady('demo', pod, true);
  await eventually(async () => pods.includes(await answeringPod()), 'not ready again');
});

test('a recreated service with another selector and port is followed', async () => {
  const service = demo.store.get('services', 'demo', 'web');
  assert.ok(service);
  demo.store.delete('services', 'demo', 'web');
  await eventually(async () => (await answeringPod()).startsWith('HTTP/1.1 502'), 'still known');
  demo.store.put('services', {
    ...service,
    metadata: { ...service.metadata, uid: 'another' },
    spec: { ...service.spec, selector: { run: 'web' } },
  });
  await eventually(async () => (await answeringPod()) === 'web', 'not known again');
});

test('stalled downloads by each protocol hold up no client of any protocol', async (t) => {
  for (const way of WAYS) {
    const stalled = await open.request(way, 'web.demo', '/bytes?n=50000000');
    t.after(() => stalled.destroy());
    await readUntilText(stalled, /HTTP\/1.1 200/);
    stalled.pause();
  }
  const others = Array.from({ length: 20 }, async (_, index) => {
    const socket = await open.request(WAYS[index % WAYS.length] ?? 'socks', 'web.demo', '/api/pod');
    t.after(() => socket.destroy());
    await readUntilText(socket, /"pod":"web"/);
  });
  await Promise.all(others);
});

test('sessions begin with the first connection and end after 5 idle minutes', async (t) => {
  const clock = new FakeClock();
  const idle = await settledGateway(t, demo, { clock });
  assert.equal(idle.gateway.sessionCount, 0);
  const socket = net.connect(idle.port, '127.0.0.1');
  socket.write('GET /healthz HTTP/1.1\r\nHost: echo.demo.localhost\r\n\r\n');
  await readUntilText(socket, /GET \/healthz/);
  assert.equal(idle.gateway.sessionCount, 1);
  clock.advance(299_000);
  assert.equal(idle.gateway.sessionCount, 1);
  socket.destroy();
  await eventually(() => idle.gateway.counters.open === 0, 'still open');
  clock.advance(299_000);
  assert.equal(idle.gateway.sessionCount, 1);
  clock.advance(2_000);
  assert.equal(idle.gateway.sessionCount, 0);
  assert.equal(idle.gateway.counters.total, 1);
});

test('a connection to a pod that carries traffic sets two timers, and one more if its client is told that it is connected', async (t) => {
  let timers = 0;
  const setTimer: Clock['setTimer'] = (delayMs, callback) => {
    timers++;
    return systemClock.setTimer(delayMs, callback);
  };
  const counted = await settledGateway(t, demo, { clock: { now: systemClock.now, setTimer } });
  const requests = async (way: Way) => {
    for (let index = 0; index < CONNECTIONS; index++) {
      const socket = await counted.request(way, 'web.demo', '/healthz');
      await readUntilText(socket, /200 OK/);
      socket.destroy();
    }
  };
  for (const way of WAYS) {
    await requests(way);
    const before = timers;
    await requests(way);
    // One timer limits the wait for the request's head, and one limits the wait for the reason of a failure. After the
    // gateway has accepted a SOCKS or CONNECT client, a third timer limits the wait for the client's first bytes.
    const expected = way === 'socks' || way === 'connect' ? 3 : 2;
    // A heartbeat of a tunnel may set a timer meanwhile.
    const each = (timers - before) / CONNECTIONS;
    assert.ok(each < expected + 0.5, `${each} timers by ${way}`);
  }
});

test('200 idle services cost neither a tunnel nor a request each', async (t) => {
  const service = demo.store.get('services', 'demo', 'echo');
  assert.ok(service);
  const names = Array.from({ length: 200 }, (_, index) => `idle-${index}`);
  for (const name of names) {
    demo.store.put('services', { ...service, metadata: { ...service.metadata, name, uid: name } });
  }
  t.after(() => {
    for (const name of names) demo.store.delete('services', 'demo', name);
  });
  const { openWatches } = demo.activity.current;
  // Does not count the tunnels of the cluster: the gateway of the other tests may open one at any time.
  const forwardPod = () => assert.fail('a tunnel for an idle service');
  const many = await settledGateway(t, demo, { forwardPod });
  assert.ok(many.gateway.services.length >= 200);
  await eventually(() => demo.activity.current.openWatches <= openWatches + 2, 'more than two watches');
  assert.equal(many.gateway.sessionCount, 0);
});
