import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatLabelSelector, formatLabels } from '../../../src/kube/labelSelector.ts';

test('labels and expressions, in the text form of a query', () => {
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
