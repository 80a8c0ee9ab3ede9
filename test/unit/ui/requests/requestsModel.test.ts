import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import {
  EXCHANGE_LIMIT,
  type Exchange,
  exchangesChanged,
  exchangesCleared,
  listExchanges,
  type TrafficSample,
  trafficSampled,
  unwatchExchanges,
  unwatchTraffic,
  watchExchanges,
  watchTraffic,
} from '../../../../src/rpc/exchanges.ts';
import type { CommandServices } from '../../../../src/ui/commands/commandServices.ts';
import type { RequestsModel } from '../../../../src/ui/requests/requestsModel.ts';
import { TrafficModel, toTrafficPoint } from '../../../../src/ui/requests/trafficModel.ts';
import { eventually } from '../../../support/eventually.ts';
import { exchange } from '../../../support/exchanges.ts';
import { fake } from '../../../support/fakeVscode.ts';
import { connector, host, window } from '../../../support/fakeWindow.ts';
import { fieldOf } from '../../../support/fields.ts';

const { openRequest } = await import('../../../../src/ui/commands/requests/openRequest.ts');

let model: RequestsModel;
let traffic: TrafficModel;
let kept: readonly Exchange[];
let changedIds: number[];

beforeEach(() => {
  model = window.requests;
  traffic = new TrafficModel(connector);
  kept = [];
  changedIds = [];
  for (const { method } of [watchExchanges, listExchanges]) host.answers.set(method, () => kept);
  for (const { method } of [unwatchExchanges, unwatchTraffic]) host.answers.set(method, () => undefined);
  model.onDidChange((exchanges) => changedIds.push(...exchanges.map(({ id }) => id)));
});

afterEach(() => traffic.dispose());

test('the host is neither asked nor started while nobody watches', async () => {
  model.setWatching(true);
  model.setWatching(false);
  traffic.setWatching(true);
  traffic.setWatching(false);
  assert.deepEqual(await model.list({}), []);
  assert.equal(host.starts, 0);
  await connector.connect();
  host.notify(exchangesChanged, { exchanges: [exchange(1)] });
  assert.deepEqual(asked(), []);
  assert.deepEqual(model.exchanges, []);
});

test('watching shows the kept requests, and then changes', async () => {
  kept = [exchange(1), exchange(2)];
  await watch();
  assert.deepEqual(ids(), [1, 2]);
  host.notify(exchangesChanged, { exchanges: [exchange(3), exchange(1, { status: 500 })] });
  assert.deepEqual(changedIds, [3, 1]);
  assert.deepEqual(ids(), [1, 2, 3]);
  assert.equal(model.find(1)?.status, 500);
});

test('a change before the first answer is not undone by it', async () => {
  kept = [exchange(1, { status: 100 })];
  await connector.connect();
  host.answers.set(watchExchanges.method, () => {
    host.notify(exchangesChanged, { exchanges: [exchange(1, { status: 200 }), exchange(2)] });
    return kept;
  });
  await watch();
  assert.equal(model.find(1)?.status, 200);
  assert.deepEqual(ids(), [1, 2]);
});

test('a hidden view is unwatched and forgets, and shows everything again later', async () => {
  kept = [exchange(1)];
  await watch();
  model.setWatching(false);
  host.notify(exchangesChanged, { exchanges: [exchange(2)] });
  assert.deepEqual(ids(), []);
  await watch();
  assert.deepEqual(asked(), [watchExchanges.method, unwatchExchanges.method, watchExchanges.method]);
});

test('a paused view gets nothing until it continues, and misses nothing', async () => {
  await watch();
  let resets = 0;
  model.onDidReset(() => {
    resets += 1;
  });
  model.setPaused(true);
  host.notify(exchangesChanged, { exchanges: [exchange(1)] });
  assert.deepEqual(changedIds, []);
  model.setPaused(false);
  assert.equal(resets, 1);
  assert.deepEqual(ids(), [1]);
});

test('a paused view that is hidden, cleared or loses its host shows no newer requests when it is shown again', async () => {
  kept = [exchange(1), exchange(2, { forward: 'db' })];
  await watch();
  model.setPaused(true);
  model.setWatching(false);
  kept = [...kept, exchange(3)];
  await watch();
  host.notify(exchangesChanged, { exchanges: [exchange(4)] });
  assert.deepEqual(ids(), [1, 2]);
  host.notify(exchangesCleared, { forward: 'db' });
  assert.deepEqual(ids(), [1]);
  assert.equal(model.find(4)?.id, 4);
  model.setPaused(false);
  assert.deepEqual(ids(), [1, 3, 4]);
  model.setPaused(true);
  host.die();
  kept = [exchange(1)];
  await watch();
  assert.deepEqual(ids(), []);
  model.setPaused(false);
  assert.deepEqual(ids(), [1]);
});

test('clearing one forward leaves the rows of the others', async () => {
  kept = [exchange(1), exchange(2, { forward: 'db' })];
  await watch();
  host.notify(exchangesCleared, { forward: 'web' });
  assert.deepEqual(ids(), [2]);
  host.notify(exchangesCleared, {});
  assert.deepEqual(ids(), []);
});

test('the oldest rows are forgotten, as in the host', async () => {
  await watch();
  host.notify(exchangesChanged, {
    exchanges: Array.from({ length: EXCHANGE_LIMIT + 2 }, (_, index) => exchange(index)),
  });
  assert.equal(model.exchanges.length, EXCHANGE_LIMIT);
  assert.equal(ids()[0], 2);
});

test('a command on the row of a request that the log has deleted meanwhile tells the user', async () => {
  await watch();
  await openRequest({ requests: model } as unknown as CommandServices, { exchange: 1 });
  assert.deepEqual(fake.texts, ['This request is no longer in the log.']);
});

test('a lost host removes its rows, and the next one is watched', async () => {
  kept = [exchange(1)];
  await watch();
  host.die();
  assert.deepEqual(ids(), []);
  kept = [exchange(9)];
  await connector.connect();
  await eventually(() => ids().includes(9), 'the rows of the new host');
});

test('traffic is watched in one range at a time, with the latest samples', async () => {
  host.answers.set(watchTraffic.method, ({ range }: { range: string }) => [
    sample(range === 'hour' ? 10_000 : 1_000),
  ]);
  await connector.connect();
  traffic.setWatching(true);
  await eventually(() => traffic.samples.length === 1, 'the samples');
  host.notify(trafficSampled, { range: 'minutes', sample: sample(2_000) });
  host.notify(trafficSampled, { range: 'hour', sample: sample(3_000) });
  assert.deepEqual(fieldOf(traffic.samples, 'at'), [1_000, 2_000]);
  traffic.setRange('hour');
  await eventually(() => traffic.samples[0]?.at === 10_000, 'the samples of the hour');
  for (let at = 0; at < 400; at += 1) host.notify(trafficSampled, { range: 'hour', sample: sample(at) });
  assert.equal(traffic.samples.length, 360);
});

test('a point of the chart has rates per second, and gaps without measurements', () => {
  assert.deepEqual(toTrafficPoint({ ...sample(5_000), firstByteP50: 7 }, 'hour'), {
    at: 5,
    received: 100,
    sent: 10,
    open: 3,
    opened: 0.2,
    p50: 7,
    p95: null,
  });
  assert.equal(toTrafficPoint(sample(5_000), 'minutes').received, 1_000);
});

async function watch(): Promise<void> {
  await connector.connect();
  const isShown = new Promise<void>((resolve) => {
    const subscription = model.onDidReset(() => {
      subscription.dispose();
      resolve();
    });
  });
  model.setWatching(true);
  await isShown;
}

function ids(): readonly number[] {
  return model.exchanges.map(({ id }) => id);
}

function asked(): readonly string[] {
  return host.requests.map(({ method }) => method).filter((method) => /^(exchanges|traffic)\//.test(method));
}

function sample(at: number): TrafficSample {
  return { at, bytesIn: 1_000, bytesOut: 100, openConnections: 3, newConnections: 2 };
}
