import assert from 'node:assert/strict';
import { resolve } from 'node:path';
import { suite, test } from 'node:test';
import { isCoded } from '../../../src/base/errors.ts';
import { chooseForwards, type ForwardFilter, isNamed } from '../../../src/cli/forwardChoice.ts';
import { NO_TRAFFIC } from '../../../src/kinds/forwardCounters.ts';
import type { TargetKind } from '../../../src/kinds/targetKinds.ts';
import type { ForwardSnapshot } from '../../../src/rpc/contract.ts';
import { coded } from '../../support/coded.ts';

interface Where {
  readonly namespace?: string;
  readonly context?: string;
  readonly kubeconfig?: string;
}

function forward(id: string, target: `${TargetKind}/${string}`, where: Where = {}): ForwardSnapshot {
  const { namespace = 'shop', context = 'staging', kubeconfig = '' } = where;
  const [kind, name = ''] = target.split('/');
  return {
    id,
    specification: {
      target: { context: { kubeconfig, context }, namespace, kind: kind as TargetKind, name },
      remotePort: 'http',
      localPort: { mode: 'exact', port: 8080 },
      address: 'localhost',
      label: 'Shop',
    },
    state: { type: 'ready', pod: 'web-0', transport: 'spdy' },
    localPort: 8080,
    remotePort: 80,
    holders: [],
    counts: NO_TRAFFIC,
  };
}

suite('a forward of the host is named', () => {
  const names = (target: `${TargetKind}/${string}`, ...candidates: readonly string[]) =>
    candidates.filter((name) => isNamed(forward('1', target), name));

  test('by its target in any spelling, with or without its port', () => {
    const spellings = ['service/web', 'svc/web', 'services/web', 'SVC/web', 'svc/web:http', 'svc/web:80'];
    assert.deepEqual(names('service/web', ...spellings), spellings);
    assert.deepEqual(
      names('deployment/web', 'deployments.apps/web', 'deploy/web:80', 'Deployment.v1.apps/web'),
      ['deployments.apps/web', 'deploy/web:80', 'Deployment.v1.apps/web'],
    );
    assert.deepEqual(names('pod/web', 'web', 'po/web', 'web:80'), ['web', 'po/web', 'web:80']);
  });

  test('by its label and its local port', () => {
    assert.deepEqual(names('service/web', 'Shop', '8080'), ['Shop', '8080']);
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
    const { localPort: _, ...unbound } = forward('1', 'service/web');
    assert.equal(isNamed(unbound, 'undefined'), false);
  });
});

suite('a choice of several forwards', () => {
  const here = forward('1', 'service/web');
  const there = forward('2', 'service/web', { namespace: 'other' });
  const elsewhere = forward('3', 'service/web', { context: 'production' });
  const filed = forward('4', 'service/web', { kubeconfig: resolve('some.yaml') });
  const all = [here, there, elsewhere, filed];
  const ids = (names: readonly string[], filter: ForwardFilter) =>
    chooseForwards(all, names, filter).map(({ id }) => id);

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
    assert.throws(
      () => chooseForwards([here, there], ['svc/web'], {}),
      (error) => {
        assert.ok(isCoded(error, 'FORWARD_AMBIGUOUS'));
        assert.match(
          error.message,
          /^"svc\/web" matches forwards in namespace "shop" of context "staging" and /,
        );
        assert.match(error.message, /namespace "other" of context "staging": choose one with -n, --context/);
        return true;
      },
    );
  });

  test('refuses an unknown name', () => {
    for (const filter of [{}, { namespace: 'other' }]) {
      assert.throws(
        () => ids(['svc/nope'], filter),
        (error) =>
          isCoded(error, 'FORWARD_UNKNOWN') &&
          error.message === 'forward "svc/nope" not found: see kube-port-forward list',
      );
    }
  });
});
