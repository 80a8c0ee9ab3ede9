import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ForwardFilter } from '../../../src/cli/forwardChoice.ts';
import { chooseProxies, isProxyFitting } from '../../../src/cli/proxy/listedProxy.ts';
import { coded } from '../../support/coded.ts';
import { gateway } from '../../support/uiRows.ts';

function proxy(id: string, context: string, localPort: number, ...namespaces: readonly string[]) {
  const { specification } = gateway(namespaces);
  const ofContext = { ...specification, context: { kubeconfig: '', context } };
  return gateway(namespaces, { id, localPort, specification: ofContext });
}

const all = [proxy('1', 'staging', 8900, 'demo', 'shop', 'team'), proxy('2', 'production', 8901, 'demo')];
const chosen = (names: readonly string[], filter: ForwardFilter = {}) => {
  const fitting = all.filter((each) => isProxyFitting(each, filter));
  return chooseProxies(fitting, names, filter.namespace).map((one) => [one.proxy.id, one.namespaces]);
};

test('a name or filter with a namespace means only this namespace of a gateway, a port means the whole gateway', () => {
  assert.deepEqual(chosen([]), [
    ['1', undefined],
    ['2', undefined],
  ]);
  assert.deepEqual(chosen(['8900', 'namespace/shop']), [['1', undefined]]);
  assert.deepEqual(chosen(['namespace/shop', 'ns/shop', 'ns/team']), [['1', ['shop', 'team']]]);
  assert.deepEqual(chosen(['namespace/demo'], { context: 'production' }), [['2', ['demo']]]);
  assert.deepEqual(chosen(['8900'], { namespace: 'shop' }), [['1', ['shop']]]);
  assert.deepEqual(chosen([], { namespace: 'demo' }), [
    ['1', ['demo']],
    ['2', ['demo']],
  ]);
  assert.deepEqual(chosen(['namespace/demo'], { namespace: 'shop' }), []);
});

test('a namespace that gateways of several contexts have open is refused as ambiguous', () => {
  const places = /in namespace "demo" of context "staging" and namespace "demo" of context "production"/;
  const reason = new RegExp(`^"namespace/demo" matches forwards ${places.source}: choose one with -n`);
  assert.throws(() => chosen(['namespace/demo']), coded('FORWARD_AMBIGUOUS', reason));
});
