import assert from 'node:assert/strict';
import { resolve } from 'node:path';
import { suite, test } from 'node:test';
import {
  checkPorts,
  chooseForwards,
  type ForwardFilter,
  fits,
  isNamed,
} from '../../../src/cli/forwardChoice.ts';
import type { TargetKind } from '../../../src/kinds/targetKinds.ts';
import type { ForwardSnapshot } from '../../../src/rpc/forwardsContract.ts';
import { coded } from '../../support/coded.ts';
import { forward, gateway, specification, target } from '../../support/uiRows.ts';

function forwardTo(
  id: string,
  text: `${TargetKind}/${string}`,
  { namespace = 'shop', context = 'staging', kubeconfig = '' } = {},
): ForwardSnapshot {
  const [kind, name = ''] = text.split('/');
  const wanted = target(name, { context: { kubeconfig, context }, namespace, kind: kind as TargetKind });
  const changes = { target: wanted, remotePort: 'http', label: 'Shop' };
  return forward(name, { id, specification: specification(name, changes), remotePort: 80 });
}

suite('a forward of the host is named', () => {
  const names = (target: `${TargetKind}/${string}`, ...candidates: readonly string[]) =>
    candidates.filter((name) => isNamed(forwardTo('1', target), name));

  test('by its target in any spelling, with or without its port', () => {
    const spellings = ['service/web', 'svc/web', 'services/web', 'SVC/web', 'svc/web:http', 'svc/web:80'];
    assert.deepEqual(names('service/web', ...spellings), spellings);
    assert.deepEqual(
      names('deployment/web', 'deployments.apps/web', 'deploy/web:80', 'Deployment.v1.apps/web'),
      ['deployments.apps/web', 'deploy/web:80', 'Deployment.v1.apps/web'],
    );
    assert.deepEqual(names('pod/web', 'web', 'po/web', 'web:80'), ['web', 'po/web', 'web:80']);
  });

  test('by its label, its local port and its local addresses', () => {
    assert.deepEqual(names('service/web', 'Shop', '8080'), ['Shop', '8080']);
    const [address, other] = [
      { address: '127.0.0.1', localPort: 8080 },
      { address: '::1', localPort: 8080 },
    ];
    const bound = forward('web', { localAddress: '127.0.0.1:8080', localAddresses: [address, other] });
    const candidates = ['127.0.0.1:8080', '[::1]:8080', '127.0.0.1', '127.0.0.2:8080', '127.0.0.1:8081'];
    assert.deepEqual(
      candidates.filter((name) => isNamed(bound, name)),
      ['127.0.0.1:8080', '[::1]:8080'],
    );
    // A host of an older version reports only the first address.
    assert.ok(isNamed(forward('web', { localAddress: '[::1]:8080' }), '[::1]:8080'));
  });

  test('by nothing else', () => {
    const others = [
      'web',
      'pod/web',
      'svc/web2',
      'svc/web:81',
      'svc/web:80:80',
      'svc/web:',
      '8081',
      '',
      'a/b/c',
      '\u001b',
    ];
    assert.deepEqual(names('service/web', ...others), []);
    const { localPort: _, ...unbound } = forwardTo('1', 'service/web');
    assert.equal(isNamed(unbound, 'undefined'), false);
  });
});

suite('a choice of several forwards', () => {
  const here = forwardTo('1', 'service/web');
  const there = forwardTo('2', 'service/web', { namespace: 'other' });
  const elsewhere = forwardTo('3', 'service/web', { context: 'production' });
  const filed = forwardTo('4', 'service/web', { kubeconfig: resolve('some.yaml') });
  const all = [here, there, elsewhere, filed];
  const ids = (names: readonly string[], filter: ForwardFilter) => {
    const fitting = all.filter((each) => fits(each, filter));
    return chooseForwards(fitting, names).map(({ id }) => id);
  };

  test('contains each matching forward once', () => {
    assert.deepEqual(ids([], {}), ['1', '2', '3', '4']);
    assert.deepEqual(ids([], { namespace: 'other' }), ['2']);
    assert.deepEqual(ids([], { context: 'production' }), ['3']);
    assert.deepEqual(ids([], { kubeconfigPath: 'some.yaml' }), ['4']);
    assert.deepEqual(ids(['svc/web', 'services/web'], { namespace: 'other' }), ['2']);
    assert.deepEqual(ids([], { namespace: 'nowhere' }), []);
  });

  test('refuses an ambiguous name in one line that lists the matches', () => {
    assert.throws(
      () => ids(['svc/web'], { context: 'staging', namespace: 'shop' }),
      coded('FORWARD_AMBIGUOUS', 'some.yaml'),
    );
    const places = /in namespace "shop" of context "staging" and .*namespace "other" of context "staging"/;
    const reason = new RegExp(`^"svc/web" matches forwards ${places.source}: choose one with -n, --context`);
    assert.throws(() => chooseForwards([here, there], ['svc/web']), coded('FORWARD_AMBIGUOUS', reason));
  });

  test('refuses the local port of several forwards or gateways on different addresses', () => {
    const items = [
      forward('web', { localPort: 8080, localAddress: '127.0.0.1:8080' }),
      gateway(['demo'], { localPort: 8080, localAddress: '127.0.0.2:8080' }),
    ];
    const reason =
      /^"8080" matches forwards at 127\.0\.0\.1:8080 and 127\.0\.0\.2:8080: choose one .* address/;
    assert.throws(() => checkPorts(items, ['web', '8080']), coded('FORWARD_AMBIGUOUS', reason));
    for (const name of ['127.0.0.2:8080', '8081', 'undefined']) checkPorts(items, [name]);
  });

  test('refuses an unknown name', () => {
    for (const filter of [{}, { namespace: 'other' }]) {
      const reason = /^forward "svc\/nope" not found: see kube-port-forward list$/;
      assert.throws(() => ids(['svc/nope'], filter), coded('FORWARD_UNKNOWN', reason));
    }
  });
});
