import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  formatLabelSelector,
  formatLabels,
  labelSelectorOf,
} from '../../../../src/kube/target/labelSelector.ts';

test('labels and expressions become the text form of a query', () => {
  assert.equal(formatLabels({ app: 'web', tier: 'front' }), 'app=web,tier=front');
  assert.equal(formatLabels({}), '');
  assert.equal(
    formatLabelSelector({
      matchLabels: { app: 'web' },
      matchExpressions: [
        { key: 'tier', operator: 'In', values: ['a', 'b'] },
        { key: 'env', operator: 'NotIn', values: ['dev'] },
        { key: 'has', operator: 'Exists' },
        { key: 'hasnot', operator: 'DoesNotExist' },
      ],
    }),
    'app=web,tier in (a,b),env notin (dev),has,!hasnot',
  );
  assert.equal(formatLabelSelector({ matchExpressions: [{ key: 'a', operator: 'Exists' }] }), 'a');
});

test('labelSelectorOf() gives the selector of each kind, and none for an object that selects no pods', () => {
  const labels = { app: 'web', tier: 'front' };
  const service = (selector?: object) => labelSelectorOf('service', { spec: { selector } } as never);
  const deployment = (selector?: object) => labelSelectorOf('deployment', { spec: { selector } } as never);
  assert.equal(service(labels), 'app=web,tier=front');
  assert.equal(deployment({ matchLabels: labels }), 'app=web,tier=front');
  for (const nothing of [undefined, {}]) {
    assert.equal(service(nothing), undefined);
    assert.equal(deployment(nothing), undefined);
  }
  assert.equal(labelSelectorOf('service', { metadata: { name: 'web' } }), undefined);
});
