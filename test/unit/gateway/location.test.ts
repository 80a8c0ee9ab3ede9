import assert from 'node:assert/strict';
import { test } from 'node:test';
import { locateName } from '../../../src/gateway/location.ts';
import type { NamespaceDirectory } from '../../../src/gateway/namespaceDirectory.ts';
import type { Service } from '../../../src/kube/cluster/resources.ts';

/** A namespace with these services, none of which has pods. */
function namespaceOf(namespace: string, services: Readonly<Record<string, Service['spec']>>) {
  const entries = Object.entries(services).map(
    ([name, spec]) => [name, { metadata: { name, namespace }, spec } as unknown as Service] as const,
  );
  return {
    namespace,
    services: new Map(entries),
    pods: [],
    podsOf: () => [],
  } as unknown as NamespaceDirectory;
}

/** Returns the key of the service or pod that a browser means with this name. */
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
