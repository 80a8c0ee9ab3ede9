import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { MessageConnection } from 'vscode-jsonrpc';
import * as clusters from '../../../src/rpc/clustersContract.ts';
import * as contract from '../../../src/rpc/contract.ts';
import * as exchanges from '../../../src/rpc/exchanges.ts';
import type { ForwardSpecification } from '../../../src/rpc/forwardsContract.ts';
import * as forwards from '../../../src/rpc/forwardsContract.ts';
import * as gateways from '../../../src/rpc/gatewayContract.ts';
import { RequestType, RequestType0 } from '../../../src/rpc/messages.ts';
import {
  gatewayStart,
  initializeParameters,
  specification,
  start,
  target,
  viewScope,
} from '../../../src/rpc/parameters.ts';
import { bindHandlers, type HostHandlers } from '../../../src/rpc/requestHandlers.ts';
import { coded } from '../../support/coded.ts';

const WHOLE: ForwardSpecification = {
  target: { context: { kubeconfig: '', context: 'kind' }, namespace: 'default', kind: 'pod', name: 'web' },
  remotePort: 'http',
  localPort: { mode: 'preferred', port: 8080 },
  address: 'localhost',
  label: 'a label',
  transport: 'spdy',
  podRunningTimeoutMs: 1_000,
  clientToken: 'a mark',
};

/** Values of other types, one of which replaces the right value of a field. */
const ODD: readonly unknown[] = [{}, [], { length: 3 }, true, 5, 'text', ''];

/** Returns the path of every field of an object, at any depth: `['target']`, `['target', 'name']`. */
function pathsOf(value: unknown, path: readonly string[] = []): readonly (readonly string[])[] {
  if (typeof value !== 'object' || value === null) return [path];
  const inner = Object.entries(value).flatMap(([key, entry]) => pathsOf(entry, [...path, key]));
  return path.length === 0 ? inner : [path, ...inner];
}

function withValue(value: unknown, [key, ...rest]: readonly string[], odd: unknown): unknown {
  if (key === undefined) return odd;
  const parent = value as Record<string, unknown>;
  return { ...parent, [key]: withValue(parent[key], rest, odd) };
}

const at = (value: unknown, path: readonly string[]): unknown =>
  path.reduce((parent, key) => (parent as Record<string, unknown>)[key], value);

const isUsage = coded('USAGE');

test('a specification passes unchanged, without fields that the contract lacks', () => {
  assert.deepEqual(specification(WHOLE, 'it'), WHOLE);
  const { label, transport, podRunningTimeoutMs, clientToken, ...least } = WHOLE;
  assert.deepEqual(specification({ ...least, more: { of: 'it' }, label: null }, 'it'), least);
  assert.deepEqual(specification({ ...WHOLE, remotePort: 80 }, 'it'), { ...WHOLE, remotePort: 80 });
});

test('a specification with a value of another type in any of its fields is refused with the name of the field', () => {
  let refused = 0;
  for (const path of pathsOf(WHOLE)) {
    const isPort = path.join('.') === 'remotePort';
    for (const odd of ODD) {
      if (typeof odd === typeof at(WHOLE, path) || (isPort && typeof odd === 'number')) continue;
      const name = path.join('.');
      assert.throws(
        () => specification(withValue(WHOLE, path, odd), 'it'),
        (error) => isUsage(error) && String(error).includes(`it.${path[0]}`),
        `${name} ${JSON.stringify(odd)}`,
      );
      refused++;
    }
  }
  assert.ok(refused > 50);
  for (const odd of [undefined, null, ...ODD]) assert.throws(() => specification(odd, 'it'), isUsage);
});

test('endless texts, unknown words and invalid numbers are refused', () => {
  const long = 'x'.repeat(5_000);
  const wrong: readonly Partial<Record<keyof ForwardSpecification, unknown>>[] = [
    { label: long },
    { remotePort: long },
    { transport: 'carrier pigeon' },
    { localPort: { mode: 'any', port: 1 } },
    { podRunningTimeoutMs: Number.POSITIVE_INFINITY },
    { target: { ...WHOLE.target, kind: 'node' } },
    { target: { ...WHOLE.target, name: '..' } },
    { target: { ...WHOLE.target, namespace: 'a/b' } },
    { target: { ...WHOLE.target, namespace: 'a.b' } },
    { target: { ...WHOLE.target, namespace: 'a'.repeat(64) } },
  ];
  for (const change of wrong) assert.throws(() => specification({ ...WHOLE, ...change }, 'it'), isUsage);
});

test('a namespace is one DNS label in views, gateways and their secrets', () => {
  const context = { kubeconfig: '', context: 'kind' };
  const view = (namespace: string) => viewScope({ type: 'pods', context, namespace, limit: 50 }, 'it');
  const gateway = (namespace: string, other = namespace) =>
    gatewayStart(
      {
        context,
        namespaces: [namespace],
        localPort: { mode: 'exact', port: 0 },
        secrets: [{ secret: 'a'.repeat(32), namespaces: [other] }],
      },
      'it',
    );
  assert.doesNotThrow(() => [view('a-b'), gateway('a-b')]);
  assert.throws(() => view('a.b'), isUsage);
  assert.throws(() => gateway('a.b'), isUsage);
  assert.throws(() => gateway('a-b', 'a.b'), isUsage);
});

test('a start has a holder of a known kind or none', () => {
  const holder = { id: 'a', kind: 'task', name: 'build' };
  assert.deepEqual(start({ ...WHOLE, holder }, 'it'), { ...WHOLE, holder });
  assert.deepEqual(start(WHOLE, 'it'), WHOLE);
  for (const wrong of [
    'a',
    { id: 5, kind: 'task' },
    { id: 'a', kind: 'king' },
    { id: 'a', kind: 'task', name: {} },
  ]) {
    assert.throws(() => start({ ...WHOLE, holder: wrong }, 'it'), isUsage);
  }
});

test('views and introductions of another shape are refused', () => {
  const context = { kubeconfig: '', context: 'kind' };
  assert.deepEqual(viewScope({ type: 'namespaces', context }, 'it'), { type: 'namespaces', context });
  const pods = { type: 'pods', context, namespace: 'default', filter: 'web', limit: 50 };
  assert.deepEqual(viewScope(pods, 'it'), pods);
  for (const change of [
    { type: 'nodes' },
    { filter: 5 },
    { limit: '5' },
    { namespace: {} },
    { context: 'kind' },
  ]) {
    assert.throws(() => viewScope({ ...pods, ...change }, 'it'), isUsage);
  }
  const client = {
    protocol: 1,
    client: { name: 'vscode', version: '1' },
    environment: { PATH: '/bin' },
    kubeconfigFiles: ['/a'],
  };
  assert.deepEqual(initializeParameters(client, 'it'), client);
  const changes = [
    { environment: { PATH: {} } },
    { environment: [] },
    { kubeconfigFiles: [5] },
    { kubeconfigFiles: '/a' },
  ];
  for (const change of changes)
    assert.throws(() => initializeParameters({ ...client, ...change }, 'it'), isUsage);
});

test('a target is an object by kind and name, or a label selector', () => {
  const place = { context: { kubeconfig: '', context: 'kind' }, namespace: 'demo' };
  for (const given of [
    { ...place, kind: 'service', name: 'web' },
    { ...place, kind: 'selector', name: 'app=web,tier!=db' },
  ]) {
    assert.deepEqual(target(given, 'it'), given);
  }
  for (const given of [
    { ...place, kind: 'selector', name: 'app===' },
    { ...place, kind: 'selector', name: 5 },
    { ...place, kind: 'service', name: 'app=web' },
    { ...place, kind: 'ingress', name: 'web' },
  ]) {
    assert.throws(() => target(given, 'it'), isUsage);
  }
});

test('every request of the contracts has a handler, which sees checked parameters only', async () => {
  const bound = new Map<string, (parameters?: unknown) => Promise<unknown>>();
  const connection = {
    onRequest: (method: string, handler: (parameters?: unknown) => Promise<unknown>) =>
      bound.set(method, handler),
  };
  const seen: unknown[] = [];
  const handlers = new Proxy({}, { get: (_, name) => (given: unknown) => seen.push(name, given) });
  bindHandlers(connection as unknown as MessageConnection, handlers as HostHandlers);
  const requests = Object.values({ ...contract, ...clusters, ...forwards, ...exchanges, ...gateways }).filter(
    (value) => value instanceof RequestType || value instanceof RequestType0,
  );
  assert.deepEqual([...bound.keys()].sort(), requests.map(({ method }) => method).sort());
  await bound.get('forwards/stop')?.({ id: '1', unknown: true });
  await assert.rejects(async () => bound.get('forwards/stop')?.({ id: 1 }), {
    message: 'forwards/stop.id is not a string',
  });
  assert.deepEqual(seen, ['stopForward', { id: '1' }]);
});
