import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isCoded } from '../../../src/base/errors.ts';
import { locateName } from '../../../src/gateway/location.ts';
import type { NamespaceDirectory } from '../../../src/gateway/namespaceDirectory.ts';
import type { Pod, Service } from '../../../src/kube/cluster/resources.ts';

/** Returns a namespace with these services, each of which selects all the pods. */
function namespaceOf(
  namespace: string,
  services: Readonly<Record<string, Service['spec']>>,
  pods: readonly Pod[] = [],
) {
  const entries = Object.entries(services).map(
    ([name, spec]) => [name, { metadata: { name, namespace }, spec } as unknown as Service] as const,
  );
  return {
    ...{ namespace, isLoaded: true },
    services: new Map(entries),
    pods,
    podsOf: () => pods,
  } as unknown as NamespaceDirectory;
}

/** Returns the key of the service or pod that the gateway finds for a host in a browser's URL. */
function keyOf(host: string, directories: readonly NamespaceDirectory[], slug = 'staging'): string {
  const all = new Map(directories.map((directory) => [directory.namespace, directory]));
  return locateName(host, undefined, all, { namespaces: [...all.keys()], slug }).key;
}

const WEB = { selector: { app: 'web' }, ports: [{ port: 80 }] } as unknown as Service['spec'];

const WITHOUT_DEFAULT_PORT = {
  'several ports': { selector: { app: 'shop' }, ports: [{ port: 9090 }, { port: 9091 }] },
  'no port': { type: 'ExternalName', externalName: 'example.com' },
} as unknown as Readonly<Record<string, Service['spec']>>;

for (const [ports, spec] of Object.entries(WITHOUT_DEFAULT_PORT)) {
  test(`a service with the name of its namespace and ${ports} does not hide the other services from a browser`, () => {
    const shop = namespaceOf('shop', { shop: spec, web: WEB });
    for (const host of ['web.shop.localhost', 'web.shop.staging.localhost'])
      assert.equal(keyOf(host, [shop]), 'shop/web');
    assert.throws(() => keyOf('shop.shop.localhost', [shop]), /"shop"/);
  });
}

const ADMIN = {
  selector: { app: 'web' },
  ports: [{ port: 80 }, { port: 8080, name: 'admin' }],
} as unknown as Service['spec'];

for (const port of ['p80', 'p8080', 'admin']) {
  test(`a name with the port ${port} and a namespace that has the name of the context means that namespace`, () => {
    const directories = [namespaceOf('shop', { web: ADMIN }), namespaceOf('demo', { web: ADMIN })];
    assert.equal(keyOf(`${port}.web.demo.localhost`, directories, 'demo'), 'demo/web');
    assert.equal(keyOf(`${port}.web.shop.demo.localhost`, directories, 'demo'), 'shop/web');
    assert.equal(keyOf('web.shop.demo.localhost', directories, 'demo'), 'shop/web');
  });
}

interface PodSketch {
  readonly phase: string;
  readonly isReady?: boolean;
  readonly isTerminating?: boolean;
  readonly hostname?: string;
}

/** Returns a pod. All pods of these tests have the same IP address. */
function podWith(name: string, { phase, isReady = false, isTerminating = false, hostname }: PodSketch): Pod {
  const conditions = isReady ? [{ type: 'Ready', status: 'True' }] : [];
  return {
    metadata: { name, uid: name, ...(isTerminating && { deletionTimestamp: '2026-01-01T00:00:00Z' }) },
    spec: { ...(hostname && { hostname }) },
    status: { phase, conditions, podIP: '10.0.0.7' },
  } as unknown as Pod;
}

function namespaceWith(namespace: string, pods: readonly Pod[]): NamespaceDirectory {
  return namespaceOf(namespace, { db: WEB }, pods);
}

const SERVING = podWith('serving', { phase: 'Running', isReady: true, hostname: 'db' });
const STARTING = podWith('starting', { phase: 'Running', hostname: 'db' });
const SERVING_BY_NAME = podWith('serving', { phase: 'Running', isReady: true });
const HIDING = {
  'a completed pod': podWith('old', { phase: 'Succeeded', hostname: 'db' }),
  'an evicted pod': podWith('old', { phase: 'Failed', hostname: 'db' }),
  'a terminating pod': podWith('old', { phase: 'Running', isTerminating: true, hostname: 'db' }),
  'a starting pod': STARTING,
};

/** Returns the name of the pod that serves a host. If no pod serves it yet, returns the key of what to wait for. */
function podAt(host: string, directories: readonly NamespaceDirectory[]): string | undefined {
  const all = new Map(directories.map((directory) => [directory.namespace, directory]));
  const { endpoints, key } = locateName(host, 80, all, { namespaces: [...all.keys()], slug: 'staging' });
  return endpoints[0]?.pod.metadata.name ?? key;
}

for (const [hiding, old] of Object.entries(HIDING)) {
  test(`${hiding} does not hide the serving pod that has the same IP address and hostname`, () => {
    const demo = namespaceWith('demo', [old, SERVING]);
    for (const host of ['10.0.0.7', '10-0-0-7.demo.pod', '10-0-0-7.db.demo', 'db.db.demo'])
      assert.equal(podAt(host, [demo]), 'serving', host);
    assert.equal(podAt('10.0.0.7', [namespaceWith('jobs', [old]), demo]), 'serving');
  });
}

test('if a completed pod and a starting pod have the same address, a connection to the address waits for the starting pod', () => {
  const demo = namespaceWith('demo', [HIDING['a completed pod'], STARTING]);
  for (const host of ['10.0.0.7', '10-0-0-7.demo.pod', '10-0-0-7.db.demo', 'db.db.demo'])
    assert.equal(podAt(host, [demo]), 'demo/pod/starting', host);
  assert.equal(podAt('10.0.0.7', [namespaceWith('demo', [HIDING['a completed pod']])]), 'demo/pod/old');
});

/** Returns the sentence about a host that leads to no port of a pod. */
function sentenceFor(host: string, port: number | undefined, directories: readonly NamespaceDirectory[]) {
  const all = new Map(directories.map((directory) => [directory.namespace, directory]));
  try {
    return locateName(host, port, all, { namespaces: [...all.keys()], slug: 'staging' }).problem.message;
  } catch (error) {
    assert.ok(isCoded(error));
    return error.message;
  }
}

const HEADLESS = { selector: { app: 'db' }, clusterIP: 'None' } as unknown as Service['spec'];
const DNS = {
  ...{ selector: { app: 'dns' } },
  ports: [{ port: 53, name: 'dns', protocol: 'UDP' }],
} as unknown as Service['spec'];
const HEADLESS_DNS = { ...DNS, clusterIP: 'None' } as unknown as Service['spec'];
const DEMO = namespaceOf('demo', { db: HEADLESS, dns: DNS, web: WEB }, [SERVING]);
const SHOP = namespaceOf('shop', { web: WEB });

const SENTENCES = {
  'db-9.db': 'service or pod "db-9.db" not found in namespace demo; available: db, dns, web',
  'db-9.db.demo': 'service or pod "db-9.db.demo" not found in namespace demo; available: db, dns, web',
  '10-0-0-7.demo.pod.localhost':
    'pod "serving" needs a port: use p8080.10-0-0-7.demo.pod.localhost for port 8080',
  'db.demo.localhost': 'service "db" needs a port: use p8080.db.demo.localhost for port 8080',
  'dns.demo.localhost': 'port 53 of service "dns" uses UDP: Kubernetes forwards only TCP, choose a TCP port',
  'serving.dns.demo.localhost':
    'service "dns" needs a port: use p8080.serving.dns.demo.localhost for port 8080',
  'dns.serving.dns.demo.localhost':
    'port dns of service "dns" uses UDP: Kubernetes forwards only TCP, choose a TCP port',
};

for (const [host, sentence] of Object.entries(SENTENCES)) {
  test(`the sentence about ${host} says what exists or what to write`, () => {
    const port = host.endsWith('.localhost') ? undefined : 5432;
    const demo = host.includes('serving') ? namespaceOf('demo', { dns: DNS }, [SERVING_BY_NAME]) : DEMO;
    assert.equal(sentenceFor(host, port, [demo]), sentence);
  });
}

for (const host of ['dns.demo.localhost', 'serving.dns.demo.localhost']) {
  test(`a headless service with only a UDP port accepts any port number: ${host}`, () => {
    const demo = namespaceOf('demo', { dns: HEADLESS_DNS }, [SERVING_BY_NAME]);
    assert.equal(
      sentenceFor(host, undefined, [demo]),
      `service "dns" needs a port: use p8080.${host} for port 8080`,
    );
    assert.equal(podAt(host, [demo]), 'serving');
  });
}

test('if several namespaces are open, the known services are named with their namespaces', () => {
  assert.match(sentenceFor('wbe', 80, [DEMO, SHOP]), /available: db\.demo, dns\.demo, web\.demo, web\.shop$/);
});
