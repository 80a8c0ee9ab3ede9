import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type ForwardSnapshot, startForward } from '../../../src/rpc/contract.ts';
import { demoClusterFor } from '../../support/demoForward.ts';
import { eventually } from '../../support/eventually.ts';
import { demoSpecification, HostBench } from '../../support/hostClients.ts';
import { get } from '../../support/tcpClient.ts';

test('a forward that ends with its client is stopped when that goes, and nothing else is', async (t) => {
  const demo = await demoClusterFor(t);
  const bench = await HostBench.create(t);
  const first = await bench.client();
  const second = await bench.client();
  const preferred = { localPort: { mode: 'preferred', port: 18_080 } } as const;
  const own = { endsWithClient: true };
  const kept = await first.request(
    startForward,
    demoSpecification(demo.kubeconfigPath, 'pod/web', 80, preferred),
  );
  const bound = await first.request(
    startForward,
    demoSpecification(demo.kubeconfigPath, 'service/web', 'http', own),
  );
  // It was there before somebody wanted it to end with him.
  const joined = await first.request(
    startForward,
    demoSpecification(demo.kubeconfigPath, 'pod/web', 80, { ...preferred, ...own }),
  );
  assert.equal(joined.id, kept.id);
  assert.equal((await get(bound.localPort ?? 0)).status, 200);
  await second.until(() => second.forwards.length === 2);
  first.dispose();
  const left = await second.until<readonly ForwardSnapshot[]>(
    () => second.forwards.length === 1 && second.forwards,
  );
  assert.deepEqual(
    left.map(({ id }) => id),
    [kept.id],
  );
  assert.equal((await get(kept.localPort ?? 0)).status, 200);
  await eventually(
    () =>
      get(bound.localPort ?? 0).then(
        () => false,
        () => true,
      ),
    'its port to be free',
  );
  second.dispose();
});
