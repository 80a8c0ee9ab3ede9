import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import {
  type ForwardEntry,
  hashOf,
  isLoopback,
  parseTarget,
  readEntries,
  readEntry,
  TARGET_KINDS,
} from '../../../../src/ui/saved/forwardEntry.ts';

const web: ForwardEntry = { name: 'Web', target: 'service/web', remotePort: 80 };

test('an entry is read with all that it may say, and nothing else', () => {
  const full = {
    ...web,
    context: 'dev',
    namespace: 'shop',
    localPort: 8080,
    address: '127.0.0.1',
    group: 'shop',
    autoStart: true,
    transport: 'spdy',
  };
  const read = readEntry({ ...full, command: 'rm -rf /', __proto__: { context: 'inherited' } });
  assert.deepEqual(read, { type: 'entry', entry: full });
});

const BAD: readonly (readonly [field: keyof ForwardEntry, value: unknown])[] = [
  ['name', undefined],
  ['name', '  '],
  ['name', 7],
  ['name', 'x'.repeat(254)],
  ['context', ''],
  ['namespace', 'Shop'],
  ['namespace', '../kube-system'],
  ['target', undefined],
  ['target', 'service/'],
  ['target', 'secret/web'],
  ['target', 'service/web/proxy'],
  ['target', 'service/we%2fb'],
  ['remotePort', undefined],
  ['remotePort', 0],
  ['remotePort', 65_536],
  ['remotePort', 80.5],
  ['remotePort', '80'],
  ['remotePort', 'a'.repeat(16)],
  ['localPort', -1],
  ['localPort', '8080'],
  ['address', 'example.test'],
  ['address', 127],
  ['group', ''],
  ['autoStart', 'true'],
  ['transport', 'auto'],
];
for (const [field, value] of BAD) {
  test(`${field} may not be ${JSON.stringify(value)}`, () => {
    const read = readEntry({ ...web, [field]: value });
    assert.equal(read.type === 'problem' && read.problem.field, field);
  });
}

test('what starts by itself names its context', () => {
  assert.deepEqual(readEntry({ ...web, autoStart: true }), {
    type: 'problem',
    problem: { name: 'Web', field: 'context' },
  });
});

for (const value of [null, 'web', 7, [], undefined]) {
  test(`${JSON.stringify(value)} is no entry`, () => assert.equal(readEntry(value).type, 'problem'));
}

test('a list keeps what is good; of two with one name the second is a problem', () => {
  const { entries, problems } = readEntries([web, { ...web, remotePort: 81 }, { name: 'No target' }, null]);
  assert.deepEqual(entries, [web]);
  assert.deepEqual(problems, [
    { name: 'Web', field: 'name' },
    { name: 'No target', field: 'target' },
    { name: '', field: 'name' },
  ]);
  assert.deepEqual(readEntries({ 0: web }), { entries: [], problems: [] });
});

test('targets are read as kubectl writes them', () => {
  assert.deepEqual(parseTarget('web'), { kind: 'pod', name: 'web' });
  assert.deepEqual(parseTarget('svc/web'), { kind: 'service', name: 'web' });
  assert.deepEqual(parseTarget('deploy/web.v2'), { kind: 'deployment', name: 'web.v2' });
  for (const text of ['', '/', 'Service/web', 'service/-web', 'service/web ']) {
    assert.equal(parseTarget(text), undefined, text);
  }
});

test('loopback is what this machine alone reaches', () => {
  for (const address of ['localhost', '127.0.0.1', '127.1.2.3', '::1']) assert.ok(isLoopback(address));
  for (const address of ['0.0.0.0', '::', '10.0.0.1', '127.example.test', 'fe80::1']) {
    assert.equal(isLoopback(address), false, address);
  }
});

test('an approval holds for the same entries in another order, and for no others', () => {
  const api = { ...web, name: 'Api' };
  const hash = hashOf([web, api]);
  assert.match(hash, /^[0-9a-f]{64}$/);
  assert.equal(hashOf([api, { remotePort: 80, target: 'service/web', name: 'Web' }]), hash);
  const others: readonly (readonly ForwardEntry[])[] = [
    [web],
    [web, api, api],
    [{ ...web, context: 'prod' }, api],
    [{ ...web, remotePort: 81 }, api],
    [{ ...web, localPort: 80 }, api],
    [{ ...web, target: 'service/db' }, api],
    [{ ...web, namespace: 'prod' }, api],
    [{ ...web, name: 'Web', group: 'x' }, api],
  ];
  for (const entries of others) assert.notEqual(hashOf(entries), hash, JSON.stringify(entries));
});

test('the schema of package.json takes what is read here', () => {
  const { contributes } = JSON.parse(readFileSync('package.json', 'utf8'));
  const { properties, required } = contributes.configuration.properties['kubePortForward.forwards'].items;
  assert.deepEqual(required, ['name', 'target', 'remotePort']);
  const target = new RegExp(properties.target.pattern);
  for (const kind of TARGET_KINDS) assert.match(`${kind}/web`, target);
  for (const text of ['web', 'svc/web']) assert.match(text, target);
  for (const text of ['secret/web', 'service/', 'service/web/x']) assert.doesNotMatch(text, target);
  const port = new RegExp(properties.remotePort.pattern);
  for (const name of ['http', 'grpc-1']) assert.match(name, port);
  for (const name of ['80', '-http', 'a'.repeat(16)]) assert.doesNotMatch(name, port);
});
