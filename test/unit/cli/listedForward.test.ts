import assert from 'node:assert/strict';
import { test } from 'node:test';
import { toListed } from '../../../src/cli/listedForward.ts';
import { forward } from '../../support/uiRows.ts';

test('a listed forward is one flat object except its addresses', () => {
  const listed = toListed(forward('web'));
  assert.deepEqual(listed, {
    id: 'web',
    target: 'pod/web',
    remotePort: 80,
    namespace: 'demo',
    context: 'dev',
    kubeconfig: '/home/user/.kube/config',
    state: 'ready',
    pod: listed.pod,
    transport: 'spdy',
    localAddress: listed.localAddress,
    localPort: 8080,
    openConnections: 0,
    totalConnections: 0,
    failedConnections: 0,
    bytesSent: 0,
    bytesReceived: 0,
  });
});

test('a listed forward that waits has the reason', () => {
  const { state, reason } = toListed(
    forward('web', {
      state: {
        type: 'starting',
        waiting: { code: 'WAITING_FOR_POD', arguments: { name: 'web', phase: 'Pending' } },
      },
    }),
  );
  assert.deepEqual([state, reason], ['starting', 'pod "web" is Pending']);
});
