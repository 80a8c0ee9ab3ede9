import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { formatForwards } from '../../../src/cli/forwardTable.ts';
import { NO_TRAFFIC } from '../../../src/kinds/forwardCounters.ts';
import { forward, specification, target } from '../../support/uiRows.ts';

const context = { kubeconfig: '', context: 'staging' };
const web = target('web', { context, namespace: 'shop', kind: 'service' });
const FORWARD = forward('web', {
  specification: specification('web', { target: web, remotePort: 'http', label: 'Shop' }),
  counts: { ...NO_TRAFFIC, open: 2, total: 3, failed: 0, bytesSent: 1, bytesReceived: 1 },
});

suite('the table of forwards on a terminal', () => {
  test('has columns', () => {
    assert.equal(
      formatForwards([FORWARD]),
      'LABEL   ADDRESS          TARGET             NAMESPACE   CONTEXT   STATE   CONNECTIONS\n' +
        'Shop    127.0.0.1:8080   service/web:http   shop        staging   ready   2\n',
    );
  });

  test('shows why a forward carries nothing', () => {
    const error = { code: 'POD_GONE', arguments: { name: 'web-0' } } as const;
    assert.equal(
      formatForwards([{ ...FORWARD, state: { type: 'failed', error } }, FORWARD]),
      'LABEL   ADDRESS          TARGET             NAMESPACE   CONTEXT   STATE    CONNECTIONS   REASON\n' +
        'Shop    127.0.0.1:8080   service/web:http   shop        staging   failed   2             pod "web-0" no longer exists\n' +
        'Shop    127.0.0.1:8080   service/web:http   shop        staging   ready    2\n',
    );
    const waiting = { code: 'WAITING_FOR_POD', arguments: { name: 'web', phase: 'Pending' } } as const;
    assert.match(
      formatForwards([{ ...FORWARD, state: { type: 'starting', waiting } }]),
      /starting +2 +pod "web" is Pending\n$/,
    );
  });

  test('escapes control characters of a label', () => {
    const label = 'a\u001b[31mb';
    const text = formatForwards([{ ...FORWARD, specification: { ...FORWARD.specification, label } }]);
    assert.ok(!text.includes('\u001b'));
    assert.match(text, /a\\x1b\[31mb/);
  });
});
