import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { type TestContext, test } from 'node:test';
import {
  listForwards,
  releaseForward,
  restoreForward,
  startForward,
  stopForward,
} from '../../../src/rpc/forwardsContract.ts';
import type { Holder, HolderKind } from '../../../src/rpc/holdersContract.ts';
import { demoClusterFor } from '../../support/demoForward.ts';
import { fieldOf } from '../../support/fields.ts';
import { demoSpecification, HostBench, type TestClient } from '../../support/hostClients.ts';
import { OpenConnection } from '../../support/openConnection.ts';

async function bench(test: TestContext) {
  const demo = await demoClusterFor(test);
  const host = await HostBench.create(test);
  const [first, second] = [await host.client(), await host.client()];
  /**
   * Asks for a forward to the echo program, for a new holder. Requests for the same local port get the same forward.
   */
  const start = async (client: TestClient, kind: HolderKind, localPort = 0) => {
    const holder: Holder = { id: randomUUID(), kind };
    const wanted = demoSpecification(demo.kubeconfigPath, 'pod/echo', 7, {
      localPort: { mode: 'exact', port: localPort },
    });
    return { holder, forward: await client.request(startForward, { ...wanted, holder }) };
  };
  return { demo, host, first, second, start };
}

/** The kinds of two holders. `forwardManager.test.ts` tests all pairs of kinds. */
const PAIRS: readonly (readonly [HolderKind, HolderKind])[] = [
  ['task', 'extension'],
  ['terminal', 'window'],
];

test('connections of a forward stay open while one of two holders remains, and close with the last', async (t) => {
  const { first, second, start } = await bench(t);
  for (const [one, other] of PAIRS) {
    for (const endsFirst of ['first', 'second'] as const) {
      const a = await start(first, one);
      const b = await start(second, other, a.forward.localPort);
      assert.equal(b.forward.id, a.forward.id, `${one} and ${other} share it`);
      await using connection = await OpenConnection.to(a.forward.localPort);
      const order = [
        [first, a.holder],
        [second, b.holder],
      ] as const;
      const [[leaving, left], [staying, kept]] =
        endsFirst === 'first' ? [order[0], order[1]] : [order[1], order[0]];
      await leaving.request(releaseForward, { holder: left.id });
      await connection.answers(`${kept.kind} goes on`);
      assert.deepEqual(fieldOf(await staying.request(listForwards), 'holders'), [[kept]]);
      await staying.request(releaseForward, { holder: kept.id });
      await connection.untilClosed();
      assert.deepEqual(await staying.request(listForwards), []);
    }
  }
});

test('a killed window releases the holders that end with it, and no others', async (t) => {
  const { first, second, start } = await bench(t);
  const theirs = await start(first, 'task');
  const mine = await start(second, 'extension', theirs.forward.localPort);
  for (const kind of ['task', 'extension', 'tool'] as const) await start(first, kind);
  const person = await start(first, 'window');
  await using connection = await OpenConnection.to(theirs.forward.localPort);
  await second.until(() => second.forwards.length === 5);
  first.dispose();
  await second.until(() => second.forwards.length === 2);
  await connection.answers('the other window goes on');
  assert.deepEqual(
    (await second.request(listForwards)).map(({ id, holders }) => ({ id, holders })),
    [
      { id: theirs.forward.id, holders: [mine.holder] },
      { id: person.forward.id, holders: [{ ...person.holder, hasLeft: true }] },
    ],
  );
  await second.request(releaseForward, { holder: mine.holder.id });
  await connection.untilClosed();
});

test('a client that joins while the last holder leaves gets the forward on the same port', async (t) => {
  const { first, second, start } = await bench(t);
  let last = await start(first, 'task');
  const port = last.forward.localPort;
  for (const client of [second, first, second, first]) {
    const released = client.request(releaseForward, { holder: last.holder.id });
    const next = start(client, 'task', port);
    await released;
    last = await next;
    assert.equal(last.forward.localPort, port);
    assert.equal(last.forward.state.type, 'ready');
  }
});

test('a person stops a forward for all windows, and Undo restores it for them on the same port', async (t) => {
  const { first, second, start } = await bench(t);
  const { forward, holder } = await start(first, 'task');
  await second.request(stopForward, { id: forward.id });
  await first.until(() => first.forwards.length === 0);
  const person: Holder = { id: randomUUID(), kind: 'window' };
  const restored = await second.request(restoreForward, { id: forward.id, holder: person });
  assert.deepEqual(
    [restored.id, restored.localPort, restored.state.type, restored.holders],
    [forward.id, forward.localPort, 'ready', [holder]],
  );
  await using connection = await OpenConnection.to(restored.localPort);
  await first.request(releaseForward, { holder: holder.id });
  await connection.untilClosed();
});
