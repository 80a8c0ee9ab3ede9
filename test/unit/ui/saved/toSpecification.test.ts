import assert from 'node:assert/strict';
import { test } from 'node:test';
import { defined } from '../../../../src/base/defined.ts';
import type { ContextsProblem } from '../../../../src/rpc/clustersContract.ts';
import {
  type EntryDefaults,
  problemsFor,
  toNamespaces,
  toSpecification,
} from '../../../../src/ui/saved/toSpecification.ts';
import { coded } from '../../../support/coded.ts';
import { contextRow } from '../../../support/uiRows.ts';

const defaults: EntryDefaults = {
  contexts: [
    contextRow('dev', { kubeconfig: '/other', namespace: 'elsewhere' }),
    contextRow('dev', { kubeconfig: '', files: ['~/.kube/config'], namespace: 'team' }),
    contextRow('prod', { kubeconfig: '', isCurrent: true }),
  ],
  transport: 'auto',
  bindAddress: 'localhost',
  lastLocalPort: () => undefined,
};
const web = { target: 'service/web', remotePort: 80 };

test('fields that an entry leaves open come from the context and the settings', () => {
  assert.deepEqual(toSpecification({ ...web, name: 'Web', context: 'dev' }, defaults), {
    target: {
      context: { kubeconfig: '', context: 'dev' },
      namespace: 'team',
      kind: 'service',
      name: 'web',
    },
    remotePort: 80,
    localPort: { mode: 'preferred', port: 8080 },
    address: 'localhost',
    label: 'Web',
  });
});

test('the default context is the current one, and an entry without a name has no label', () => {
  const { target, label } = toSpecification(web, defaults);
  assert.deepEqual([target.context.context, target.namespace, label], ['prod', 'default', undefined]);
});

test('the local port is the given one exactly, else the last one, else the remote one, raised above 1023', () => {
  const portOf = (changes: object, last?: number) =>
    toSpecification({ ...web, ...changes }, { ...defaults, lastLocalPort: () => last }).localPort;
  assert.deepEqual(portOf({ localPort: 8080 }, 9090), { mode: 'exact', port: 8080 });
  assert.deepEqual(portOf({ localPort: 0 }, 9090), { mode: 'preferred', port: 9090 });
  assert.deepEqual(portOf({}), { mode: 'preferred', port: 8080 });
  assert.deepEqual(portOf({ remotePort: 443 }), { mode: 'preferred', port: 8443 });
  assert.deepEqual(portOf({ remotePort: 5432 }), { mode: 'preferred', port: 5432 });
  assert.deepEqual(portOf({ remotePort: 'http' }), { mode: 'preferred', port: 0 });
});

test("only the user's own entries choose their address", () => {
  const addressOf = (address: string | undefined, bindAddress: string | undefined) =>
    toSpecification({ ...web, ...(address === undefined ? {} : { address }) }, { ...defaults, bindAddress })
      .address;
  assert.equal(addressOf('0.0.0.0', 'localhost'), '0.0.0.0');
  assert.equal(addressOf(undefined, '10.0.0.7'), '10.0.0.7');
  assert.equal(addressOf('0.0.0.0', undefined), 'localhost');
  assert.equal(addressOf('::', undefined), 'localhost');
  assert.equal(addressOf('127.0.0.1', undefined), '127.0.0.1');
  assert.equal(addressOf(undefined, undefined), 'localhost');
});

test("an entry's transport wins over the setting's", () => {
  const pinned: EntryDefaults = { ...defaults, transport: 'websocket' };
  assert.equal(toSpecification(web, pinned).transport, 'websocket');
  assert.equal(toSpecification({ ...web, transport: 'spdy' }, pinned).transport, 'spdy');
});

test('an unknown context is refused', () => {
  const unknown = () => toSpecification({ ...web, context: 'gone' }, defaults);
  assert.throws(unknown, coded('CONTEXT_NOT_FOUND', { known: 'dev, prod' }));
  assert.throws(() => toSpecification(web, { ...defaults, contexts: [] }), coded('NO_CURRENT_CONTEXT'));
});

const broken = (kubeconfig: string, hidesContextsOf?: string): ContextsProblem => {
  const error = {
    code: 'KUBECONFIG_INVALID',
    arguments: { path: kubeconfig, line: 1, reason: 'no' },
  } as const;
  return { kubeconfig, error, ...defined({ hidesContextsOf }) };
};

test('a missing context is reported with the kubeconfig that may define it but cannot be used', () => {
  const contexts = [contextRow('dev', { kubeconfig: '' })];
  const start = (context: string | undefined, ...problems: readonly ContextsProblem[]) =>
    toSpecification({ ...web, ...defined({ context }) }, { ...defaults, contexts, problems });
  const own = broken('/home/me/.kube/config', '');
  const other = broken('/other', '/other');
  const invalidEntry = broken('/home/me/.kube/config');
  assert.throws(() => start(undefined, other, own), coded('KUBECONFIG_INVALID', own.error.arguments));
  assert.throws(() => start('prod', other), coded('KUBECONFIG_INVALID', other.error.arguments));
  assert.throws(() => start('prod', invalidEntry), coded('CONTEXT_NOT_FOUND'));
  assert.throws(() => start(undefined, other, invalidEntry), coded('NO_CURRENT_CONTEXT'));
  assert.equal(start('dev', own, other).target.context.context, 'dev');
});

test("a kubeconfig of the workspace hides no context from the user's own entries", () => {
  const problems = [broken('/home/config', ''), broken('/ws/config', '/ws/config'), broken('/mine', '/mine')];
  const places = { folders: ['/ws'], named: [], own: ['/mine'] };
  const filesFor = (type: 'user' | 'workspace') =>
    problemsFor({ type }, problems, places).map(({ kubeconfig }) => kubeconfig);
  assert.deepEqual(filesFor('user'), ['/home/config', '/mine']);
  assert.deepEqual(filesFor('workspace'), ['/home/config', '/ws/config', '/mine']);
});

test('a context that several kubeconfigs have is refused if they lead to different clusters', () => {
  const other = { kubeconfig: '/third', server: 'https://other' };
  const contexts = [...defaults.contexts, contextRow('dev', other), contextRow('prod', other)];
  const start = (context: object) => toSpecification({ ...web, ...context }, { ...defaults, contexts });
  const refused = coded('CONTEXT_AMBIGUOUS', { context: 'dev', files: '~/.kube/config, /third' });
  assert.throws(() => start({ context: 'dev' }), refused);
  assert.equal(start({}).target.context.kubeconfig, '', 'there is only one current context');
});

test("a namespace entry opens its namespace, or the context's, on its port", () => {
  const open = (changes: object) => toNamespaces({ name: 'Demo', proxy: true, ...changes }, defaults);
  assert.deepEqual(open({ context: 'dev', namespace: 'demo' }), {
    context: { kubeconfig: '', context: 'dev' },
    namespaces: ['demo'],
  });
  assert.deepEqual(open({ context: 'dev', localPort: 0 }).namespaces, ['team']);
  assert.deepEqual(open({ localPort: 8905 }).localPort, { mode: 'exact', port: 8905 });
  assert.throws(() => open({ context: 'gone' }), coded('CONTEXT_NOT_FOUND'));
});
