import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type NameReading, readName } from '../../../src/gateway/names.ts';
import { contextSlug } from '../../../src/kinds/contextSlug.ts';
import { localhostName, localhostUrl } from '../../../src/kinds/localhostName.ts';

const SCOPE = { namespaces: ['demo', 'shop'], slug: 'staging' };

/** Returns what a name can mean, as short texts such as `demo/web:80`. */
function readings(name: string, scope = SCOPE): readonly string[] {
  return readName(name, scope).map(textOf);
}

function textOf(reading: NameReading): string {
  switch (reading.type) {
    case 'service':
      return `${reading.namespace}/${reading.service}${portOf(reading)}`;
    case 'pod':
      return `${reading.namespace}/${reading.service}/${reading.host}${portOf(reading)}`;
    case 'podAddress':
      return `${reading.namespace} at ${reading.address}${portOf(reading)}`;
    case 'address':
      return `at ${reading.address}`;
  }
}

function portOf({ port }: { readonly port?: number | string }): string {
  return port === undefined ? '' : `:${port}`;
}

test('names are read as in the cluster: by the search list first, then as they are', () => {
  assert.deepEqual(readings('web'), ['demo/web', 'shop/web']);
  assert.deepEqual(readings('web.demo'), ['demo/demo/web', 'shop/demo/web', 'demo/web']);
  assert.deepEqual(readings('web.demo.svc')[0], 'demo/web');
  for (const domain of ['cluster.local', 'cluster.local.', 'my.company', 'x']) {
    assert.deepEqual(readings(`web.demo.svc.${domain}`), ['demo/web'], domain);
  }
  assert.deepEqual(readings('db-0.db'), ['demo/db/db-0', 'shop/db/db-0', 'db/db-0']);
  assert.deepEqual(readings('db-0.db.demo'), ['demo/db/db-0']);
  assert.deepEqual(readings('db-0.db.demo.svc.cluster.local'), ['demo/db/db-0']);
  assert.deepEqual(readings('10-0-0-7.demo.pod.cluster.local'), ['demo at 10-0-0-7']);
  assert.deepEqual(readings('10.0.0.7'), ['at 10.0.0.7']);
  assert.deepEqual(readings('[FD00::7]'), ['at fd00::7']);
  assert.deepEqual(readings('WEB.Demo.SVC')[0], 'demo/web');
});

test('names below localhost carry a port and the context if needed', () => {
  assert.ok(readings('web.demo.localhost').includes('demo/web'));
  assert.ok(readings('p8080.web.demo.localhost').includes('demo/web:8080'));
  assert.ok(readings('http.web.demo.localhost').includes('demo/web:http'));
  assert.ok(readings('p8080.10-0-0-7.demo.pod.localhost').includes('demo at 10-0-0-7:8080'));
  assert.equal(readings('http.web.demo.staging.localhost').includes('demo/web:http'), true);
  assert.ok(readings('web.demo.staging.localhost').indexOf('demo/web') >= 0);
  // `production` is not the label of this context, so the name does not mean `demo/web`.
  assert.ok(!readings('web.demo.production.localhost').includes('demo/web'));
});

test('a namespace with the name of the context keeps its services', () => {
  const scope = { namespaces: ['shop', 'demo'], slug: 'demo' };
  const plain = readings('web.demo.localhost', scope);
  assert.ok(plain.indexOf('demo/web') < plain.indexOf('shop/web') || !plain.includes('shop/web'));
  assert.equal(
    readings('web.demo.demo.localhost', scope).find((each) => !each.includes('/demo/')),
    'demo/web',
  );
});

test('an invalid name has no reading', () => {
  const wrong = [
    '',
    '.',
    'a b',
    'a..b',
    '-a',
    'a/b',
    'a:1',
    'ä',
    `${'a'.repeat(64)}`,
    `${'a.'.repeat(150)}a`,
    '%2e',
  ];
  for (const name of wrong) assert.deepEqual(readings(name), [], JSON.stringify(name));
});

test('the name made of a service is read as that service', () => {
  for (const port of [undefined, 8080, 'http', 'grpc-web']) {
    for (const slug of [undefined, 'staging']) {
      const name = localhostName({
        namespace: 'demo',
        service: 'web',
        ...(port !== undefined && { port }),
        ...(slug !== undefined && { slug }),
      });
      assert.ok(readings(name).includes(`demo/web${port === undefined ? '' : `:${port}`}`), name);
    }
  }
  assert.equal(localhostUrl({ namespace: 'demo', service: 'web' }, 8900), 'http://web.demo.localhost:8900/');
});

test('contexts of any name have a label of their own', () => {
  const none = new Set<string>();
  assert.equal(
    contextSlug('arn:aws:eks:eu-west-1:123456789012:cluster/Prod', 'a', none),
    'arn-aws-eks-eu-west-1-123456789012-cluster-prod',
  );
  assert.equal(contextSlug('kind-demo', 'a', none), 'kind-demo');
  assert.equal(contextSlug('***', 'a', none), 'context');
  const long = contextSlug('x'.repeat(100), 'a', none);
  assert.equal(long.length, 63);
  const other = contextSlug(`${'x'.repeat(100)}y`, 'b', new Set([long]));
  assert.match(other, /^x{56}-[0-9a-f]{6}$/);
  assert.equal(contextSlug('Prod', 'a', new Set(['prod'])), contextSlug('prod', 'a', new Set(['prod'])));
  assert.notEqual(contextSlug('prod', 'a', new Set(['prod'])), contextSlug('prod', 'b', new Set(['prod'])));
});
