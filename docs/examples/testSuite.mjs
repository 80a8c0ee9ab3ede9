// A test suite that talks to a service of the cluster, on a free local port.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { portForward } from 'kube-port-forward';

const forward = portForward({ target: 'service/web', namespace: 'demo', ports: [':http'] });
let base = '';

before(async () => {
  const [{ localPort }] = await forward.ready;
  base = `http://localhost:${localPort}`;
});
after(() => forward.stop());

test('the service is healthy', async () => {
  const response = await fetch(`${base}/healthz`);
  assert.equal(response.status, 200);
});
