import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CodedError, type ErrorCode, isCoded } from '../../../src/base/errors.ts';
import { Emitter } from '../../../src/base/event.ts';
import { Dispatcher } from '../../../src/gateway/dispatcher.ts';
import type { Directories } from '../../../src/gateway/location.ts';
import type { NamespaceDirectory } from '../../../src/gateway/namespaceDirectory.ts';
import type { PodSessions } from '../../../src/gateway/podSessions.ts';
import type { Pod, Service } from '../../../src/kube/cluster/resources.ts';
import { FakeClock } from '../../support/fakeClock.ts';
import { FakeSocket } from '../../support/fakeSocket.ts';
import { untilSettled } from '../../support/untilSettled.ts';

// Checks that a connection needs no search, timer or signal if the session of its pod already carries traffic.

const SERVICE = {
  metadata: { name: 'web', namespace: 'demo' },
  spec: { selector: { app: 'web' }, clusterIP: '10.96.0.7', ports: [{ port: 80, targetPort: 8080 }] },
} as unknown as Service;

function readyPod(name: string): Pod {
  const status = { phase: 'Running', conditions: [{ type: 'Ready', status: 'True' }] };
  return { metadata: { name, uid: name, namespace: 'demo' }, spec: {}, status } as unknown as Pod;
}

/** A namespace with one service and its pods, and a dispatcher. The session of each pod already carries traffic. */
class WarmNamespace {
  readonly clock = new FakeClock();
  pods = [readyPod('web-1'), readyPod('web-2')];
  /**
   * Whether the pods still exist in the namespace. If false, the pods no longer serve, but their sessions still carry
   * traffic.
   */
  isServing = true;
  checks = 0;
  lookups = 0;
  waits = 0;
  carried = 0;
  #directories: Directories = new Map();
  readonly #didChange = new Emitter<void>();
  readonly dispatcher: Dispatcher;

  constructor() {
    const directory = {
      namespace: 'demo',
      isLoaded: true,
      pods: [],
      services: new Map([['web', SERVICE]]),
      pod: (uid: string) => {
        // The fake clock does not advance, so a dispatcher that searched without a pause would never end.
        assert.ok(++this.checks < 1_000);
        return this.isServing ? this.pods.find(({ metadata }) => metadata.uid === uid) : undefined;
      },
      podsOf: () => {
        this.lookups++;
        return this.pods;
      },
    } as unknown as NamespaceDirectory;
    const sessions = {
      isCarrying: () => true,
      carry: () => {
        this.carried++;
      },
      untilCarrying: () => assert.fail('a warm session needs no wait'),
    } as unknown as PodSessions;
    this.#directories = new Map([['demo', directory]]);
    this.dispatcher = new Dispatcher({
      directories: () => this.#directories,
      scope: () => ({ namespaces: [...this.#directories.keys()], slug: 'here' }),
      sessions,
      onDidChange: this.#didChange.event,
      clock: this.clock,
    });
  }

  change(...names: readonly string[]): void {
    this.pods = names.map(readyPod);
    this.#didChange.fire();
  }

  add(directory: NamespaceDirectory): void {
    this.#directories = new Map([...this.#directories, [directory.namespace, directory]]);
  }

  close(): void {
    this.#directories = new Map();
    this.#didChange.fire();
  }

  /** Returns the name of the pod that the dispatcher chooses for a new connection. */
  async route(host = 'web.demo', port?: number): Promise<string> {
    const disconnected = () => {
      this.waits++;
      return new AbortController().signal;
    };
    const { endpoint } = await this.dispatcher.route({ host, port }, disconnected);
    return endpoint.pod.metadata.name;
  }
}

test('connections by a name that was found before set no timers, need no signals and search nothing, and are spread', async () => {
  const warm = new WarmNamespace();
  const pods: string[] = [];
  for (let index = 0; index < 6; index++) pods.push(await warm.route('web.demo', 80));
  assert.deepEqual(pods, ['web-1', 'web-2', 'web-1', 'web-2', 'web-1', 'web-2']);
  const { lookups, waits, clock } = warm;
  assert.deepEqual({ lookups, waits, timers: clock.started }, { lookups: 1, waits: 0, timers: 0 });
});

test('a change of the namespace is seen by the next connection, by every form of the name', async () => {
  const warm = new WarmNamespace();
  const forms = [['web.demo', 80], ['web', 80], ['web.demo.localhost'], ['p80.web.demo.localhost']] as const;
  for (const [host, port] of forms) assert.match(await warm.route(host, port), /^web-[12]$/);
  assert.equal(warm.lookups, forms.length);
  warm.change('web-3');
  for (const [host, port] of forms) assert.equal(await warm.route(host, port), 'web-3');
});

for (const pods of [['web-1'], []]) {
  test(`a connection to a service with ${pods.length} pods does not change which pod gets the next connection`, async () => {
    const warm = new WarmNamespace();
    assert.equal(await warm.route(), 'web-1');
    warm.change(...pods);
    const routed = warm.route();
    warm.change('web-1', 'web-2');
    assert.equal(await routed, pods[0] ?? 'web-2');
    if (pods.length > 0) assert.equal(await warm.route(), 'web-2');
  });
}

test('a port that the service lacks is refused, also after another port was found', async () => {
  const warm = new WarmNamespace();
  await warm.route('web.demo', 80);
  await assert.rejects(warm.route('web.demo', 81), { code: 'SERVICE_PORT_NOT_FOUND' });
});

test('a connection whose client leaves or whose namespace is closed after its pod was chosen is not led on', async () => {
  const warm = new WarmNamespace();
  const { dispatcher } = warm;
  const route = await dispatcher.route({ host: 'web.demo', port: 80 }, () => assert.fail());
  const carry = (socket: FakeSocket) =>
    dispatcher.carry(route, socket.asSocket, { address: '127.0.0.1', localPort: 8900, remotePort: 0 });
  carry(new FakeSocket());
  const left = new FakeSocket();
  left.destroy();
  assert.throws(() => carry(left), { code: 'STOPPED' });
  warm.close();
  assert.throws(() => carry(new FakeSocket()), { code: 'STOPPED' });
  assert.deepEqual([warm.carried, dispatcher.openConnections('demo/web')], [1, 1]);
});

test('a pod with the name of a service counts its connections apart from those of the service', async () => {
  const warm = new WarmNamespace();
  warm.change('web');
  const keys: string[] = [];
  for (const host of ['web.demo', 'web.web.demo']) {
    keys.push((await warm.dispatcher.route({ host, port: 80 }, () => assert.fail())).key);
  }
  assert.deepEqual(keys, ['demo/web', 'demo/pod/web']);
});

test('pods that carry traffic but no longer serve are tried again after a pause only', async () => {
  const warm = new WarmNamespace();
  warm.isServing = false;
  const routed = warm.route('web.demo', 80);
  assert.equal(warm.checks, 2);
  warm.isServing = true;
  warm.clock.advance(250);
  assert.match(await routed, /^web-[12]$/);
});

/** A namespace that is still being listed, or whose list failed with an error. */
function unlisted(namespace: string, error?: CodedError): NamespaceDirectory {
  return {
    namespace,
    isLoaded: false,
    error,
    services: new Map(),
    pods: [],
  } as unknown as NamespaceDirectory;
}

test('an address is outside although the user may not list a namespace, and a name waits for all lists', async () => {
  const warm = new WarmNamespace();
  const secret = unlisted('secret', new CodedError('FORBIDDEN'));
  warm.add(secret);
  await assert.rejects(warm.route('192.0.2.7', 5432), { code: 'NAME_OUTSIDE' });
  await assert.rejects(warm.route('api', 80), { code: 'FORBIDDEN' });
  warm.add(unlisted('lost', new CodedError('UNREACHABLE')));
  await assert.rejects(warm.route('192.0.2.7', 5432), { code: 'UNREACHABLE' });
  warm.add(unlisted('late'));
  const left = new AbortController();
  const waiting = warm.dispatcher.route({ host: 'api', port: 80 }, () => left.signal);
  left.abort(new CodedError('STOPPED'));
  await assert.rejects(waiting, { code: 'STOPPED' });
});

for (const host of ['db-0.db', 'db-0.db.localhost', 'p5432.db-0.db.localhost']) {
  test(`a connection to ${host} waits for a namespace that is still being listed`, async () => {
    const warm = new WarmNamespace();
    warm.add(unlisted('late'));
    const routed = warm.route(host, 5432);
    const service = { metadata: { name: 'db' }, spec: { clusterIP: 'None' } } as unknown as Service;
    const pod = readyPod('db-0');
    warm.add({
      ...{ namespace: 'late', isLoaded: true, pods: [pod], services: new Map([['db', service]]) },
      ...{ pod: () => pod, podsOf: () => [pod] },
    } as unknown as NamespaceDirectory);
    warm.change();
    assert.equal(await routed, 'db-0');
  });
}

test('example.com is outside the cluster if no service has this name, even if a namespace cannot be listed', async () => {
  const warm = new WarmNamespace();
  for (const code of ['FORBIDDEN', 'UNREACHABLE', 'CREDENTIALS_FAILED'] as const) {
    warm.add(unlisted('secret', new CodedError(code)));
    await assert.rejects(warm.route('example.com', 443), { code: 'NAME_OUTSIDE' });
  }
  warm.add(unlisted('late'));
  await assert.rejects(warm.route('www.example.com', 443), { code: 'NAME_OUTSIDE' });
});

test('example.com waits 2 s for a namespace that is being listed, and then counts as outside the cluster', async () => {
  const warm = new WarmNamespace();
  warm.add(unlisted('late'));
  const waitOf = async (host: string, code: ErrorCode): Promise<number> => {
    const startMs = warm.clock.now();
    const waitMs = warm.route(host, 443).then(
      () => assert.fail('there is no pod'),
      (error) => {
        assert.ok(isCoded(error, code), `${host}: ${error}`);
        return warm.clock.now() - startMs;
      },
    );
    return await untilSettled(waitMs, warm.clock, 250);
  };
  assert.equal(await waitOf('example.com', 'NAME_OUTSIDE'), 2_000);
  for (const host of ['db-0.db.late', 'api', '192.0.2.7', 'db-0.db.localhost'])
    assert.equal(await waitOf(host, 'NOT_CONNECTED'), 10_000, host);
});

for (const [host, clusterIP] of [
  ['api.slow', '10.96.0.8'],
  ['api-0.api.slow', 'None'],
] as const) {
  test(`a connection to ${host} waits for the pods of a namespace whose services are listed`, async () => {
    const warm = new WarmNamespace();
    const pods: Pod[] = [];
    const directory = {
      ...{ namespace: 'slow', isLoaded: false, error: undefined as CodedError | undefined, pods },
      services: new Map([
        ['api', { ...SERVICE, metadata: { name: 'api' }, spec: { ...SERVICE.spec, clusterIP } }],
      ]),
      ...{ pod: () => pods[0], podsOf: () => pods },
    };
    warm.add(directory as unknown as NamespaceDirectory);
    const routed = warm.route(host, 80);
    warm.clock.advance(9_000);
    await new Promise((resolve) => setImmediate(resolve));
    pods.push(readyPod('api-0'));
    warm.change();
    assert.equal(await routed, 'api-0');
    directory.error = new CodedError('FORBIDDEN');
    pods.length = 0;
    warm.change();
    await untilSettled(assert.rejects(warm.route(host, 80), { code: 'FORBIDDEN' }), warm.clock, 500);
  });
}
