import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { isLoopback } from '../../../../src/base/address.ts';
import { MAX_PORT, PORT_NAME_PATTERN } from '../../../../src/kinds/ports.ts';
import { targetPattern } from '../../../../src/kinds/target.ts';
import { TRANSPORTS } from '../../../../src/kinds/transports.ts';
import {
  type EntryProblem,
  type ForwardEntry,
  hashOf,
  MAX_ENTRY_TEXT,
  readEntries,
  readEntry,
  readForwardEntry,
  type SavedEntry,
} from '../../../../src/ui/saved/forwardEntry.ts';
import { problemText } from '../../../../src/ui/saved/problemText.ts';
import { english } from '../../../support/localizer.ts';

const web: ForwardEntry = { name: 'Web', target: 'service/web', remotePort: 80 };

test('an entry is read with all known fields and no others', () => {
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
  ['namespace', 'a.b'],
  ['namespace', 'x'.repeat(64)],
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
  ['remotePort', 'a'.repeat(64)],
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

test('an entry with "proxy" has a namespace in place of a target, and no fields of forwards only', () => {
  const demo = {
    name: 'Demo',
    context: 'dev',
    namespace: 'demo',
    proxy: true,
    localPort: 8900,
    autoStart: true,
  };
  assert.deepEqual(readEntry(demo), { type: 'entry', entry: demo });
  assert.deepEqual(readEntry({ name: 'Demo', proxy: true }).type, 'entry');
  const problems = [
    [{ ...demo, target: 'service/web' }, 'target', 'notByName'],
    [{ ...demo, remotePort: 80 }, 'remotePort', 'notByName'],
    [{ ...demo, address: 'localhost' }, 'address', 'notByName'],
    [{ ...demo, transport: 'spdy' }, 'transport', 'notByName'],
    [{ ...demo, proxy: 'yes' }, 'proxy', 'invalid'],
    [{ ...demo, proxy: false }, 'target', 'missing'],
    [{ ...demo, namespace: 'De_mo' }, 'namespace', 'invalid'],
    [{ name: 'Demo', proxy: true, autoStart: true }, 'context', 'missing'],
  ] as const;
  for (const [value, field, reason] of problems) {
    const problem = { name: 'Demo', field, reason };
    assert.deepEqual(readEntry(value), { type: 'problem', problem }, JSON.stringify(value));
    assert.doesNotMatch(problemText(english, problem), /\{|must be a string/);
  }
  assert.deepEqual(readEntry({ ...web, proxy: false }), { type: 'entry', entry: web });
  const read = readForwardEntry(demo);
  assert.deepEqual(read, {
    type: 'problem',
    problem: { name: 'Demo', field: 'proxy', reason: 'notForward' },
  });
  assert.match(problemText(english, read.problem), /^"proxy" cannot be used in "forwards" of a task/);
  assert.equal(readForwardEntry(web).type, 'entry');
});

test('an entry that starts by itself must name its context', () => {
  assert.deepEqual(readEntry({ ...web, autoStart: true }), {
    type: 'problem',
    problem: { name: 'Web', field: 'context', reason: 'missing' },
  });
});

for (const value of [null, 'web', 7, [], undefined]) {
  test(`${JSON.stringify(value)} is not an entry`, () => assert.equal(readEntry(value).type, 'problem'));
}

test('a list keeps its valid entries, and the second of two with one name is a problem', () => {
  const { entries, problems } = readEntries([web, { ...web, remotePort: 81 }, { name: 'No target' }, null]);
  assert.deepEqual(entries, [web]);
  assert.deepEqual(problems, [
    { name: 'Web', field: 'name', reason: 'duplicate' },
    { name: 'No target', field: 'target', reason: 'missing' },
    { name: '', field: 'name', reason: 'missing' },
  ]);
  assert.deepEqual(readEntries({ 0: web }), { entries: [], problems: [] });
});

test('an entry accepts the targets and port names of the command', () => {
  for (const target of ['web', 'deployments/web', 'Deploy/web', 'deployment.apps/web', 'jobs/x']) {
    assert.equal(readEntry({ ...web, target }).type, 'entry', target);
  }
  for (const target of ['', '/', 'gizmo/web', 'service/-web', 'service/web ']) {
    assert.equal(readEntry({ ...web, target }).type, 'problem', target);
  }
  assert.equal(readEntry({ ...web, remotePort: 'p'.repeat(63) }).type, 'entry');
  assert.equal(readEntry({ ...web, remotePort: 'p'.repeat(64) }).type, 'problem');
});

test('loopback is what only this machine reaches', () => {
  for (const address of ['localhost', '127.0.0.1', '127.1.2.3', '::1']) assert.ok(isLoopback(address));
  for (const address of ['0.0.0.0', '::', '10.0.0.1', '127.example.test', 'fe80::1']) {
    assert.equal(isLoopback(address), false, address);
  }
});

test('an approval holds for the same entry with the same destination, and for no others', () => {
  const hash = hashOf(web, ['config', 'dev']);
  assert.match(hash, /^[0-9a-f]{64}$/);
  assert.equal(hashOf({ remotePort: 80, target: 'service/web', name: 'Web' }, ['config', 'dev']), hash);
  assert.notEqual(hashOf(web, ['config', 'prod']), hash);
  const others: readonly SavedEntry[] = [
    { ...web, name: 'Api' },
    { ...web, context: 'prod' },
    { ...web, remotePort: 81 },
    { ...web, localPort: 80 },
    { ...web, target: 'service/db' },
    { ...web, namespace: 'prod' },
    { name: 'Web', proxy: true },
    { ...web, group: 'x' },
  ];
  for (const entry of others) assert.notEqual(hashOf(entry, ['config', 'dev']), hash, JSON.stringify(entry));
});

test('the sentences about invalid fields name the limits and values that the checks use', () => {
  const sentence = (field: EntryProblem['field']) =>
    problemText(english, { name: 'Web', field, reason: 'invalid' });
  assert.match(sentence('group'), new RegExp(` ${MAX_ENTRY_TEXT} characters`));
  for (const transport of TRANSPORTS) assert.match(sentence('transport'), new RegExp(`\\b${transport}\\b`));
  for (const field of ['remotePort', 'localPort'] as const)
    assert.match(sentence(field), new RegExp(` ${MAX_PORT} `));
});

test('the schemas of package.json accept what an entry accepts', () => {
  const { contributes } = JSON.parse(readFileSync('package.json', 'utf8'));
  const settings = contributes.configuration.properties['kubePortForward.forwards'].items;
  assert.deepEqual(settings.required, ['name']);
  assert.deepEqual(settings.allOf[1].else.required, ['target', 'remotePort']);
  const task = contributes.taskDefinitions[0].properties.forwards.items.anyOf[1];
  for (const { properties } of [settings, task]) {
    assert.equal(properties.target.pattern, targetPattern());
    assert.equal(properties.remotePort.pattern, PORT_NAME_PATTERN);
    for (const field of ['remotePort', 'localPort']) assert.equal(properties[field].maximum, MAX_PORT);
  }
});
