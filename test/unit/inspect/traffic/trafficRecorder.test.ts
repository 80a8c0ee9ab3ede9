import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Inspection } from '../../../../src/inspect/inspection.ts';
import { type SampledTraffic, TrafficRecorder } from '../../../../src/inspect/traffic/trafficRecorder.ts';
import { type ForwardCounters, NO_TRAFFIC } from '../../../../src/kinds/forwardCounters.ts';
import { FakeClock } from '../../../support/fakeClock.ts';
import { columns } from '../../../support/fields.ts';

const counters = (more: Partial<ForwardCounters> = {}): ForwardCounters => ({ ...NO_TRAFFIC, ...more });

function recorder() {
  let at = 0;
  const traffic = new TrafficRecorder(() => at);
  const pass = (seconds: number) => {
    for (let count = 0; count < seconds; count++) {
      at += 1_000;
      traffic.sample();
    }
  };
  return { traffic, pass };
}

test('a sample has the traffic since the last one and the percentiles of its responses', () => {
  const { traffic, pass } = recorder();
  let now = counters();
  traffic.add('1', () => now);
  pass(1);
  now = counters({ open: 2, total: 5, bytesSent: 100, bytesReceived: 4_000 });
  for (let ms = 1; ms <= 100; ms++) traffic.addFirstByte('1', ms);
  pass(1);
  now = counters({ open: 1, total: 6, bytesSent: 150, bytesReceived: 4_000 });
  pass(1);
  assert.deepEqual(traffic.list('minutes', '1'), [
    { at: 1_000, bytesIn: 0, bytesOut: 0, openConnections: 0, newConnections: 0 },
    {
      ...{ at: 2_000, bytesIn: 4_000, bytesOut: 100, openConnections: 2, newConnections: 5 },
      ...{ firstByteP50: 50, firstByteP95: 95 },
    },
    { at: 3_000, bytesIn: 0, bytesOut: 50, openConnections: 1, newConnections: 1 },
  ]);
});

test('ten seconds make a sample of the hour with the percentiles of all of their responses', () => {
  const { traffic, pass } = recorder();
  let now = counters();
  traffic.add('1', () => now);
  for (let second = 1; second <= 25; second++) {
    now = counters({ open: second, total: second, bytesReceived: second * 10 });
    traffic.addFirstByte('1', second);
    pass(1);
  }
  assert.deepEqual(traffic.list('hour', '1'), [
    {
      ...{ at: 10_000, bytesIn: 100, bytesOut: 0, openConnections: 10, newConnections: 10 },
      ...{ firstByteP50: 5, firstByteP95: 10 },
    },
    {
      ...{ at: 20_000, bytesIn: 100, bytesOut: 0, openConnections: 20, newConnections: 10 },
      ...{ firstByteP50: 15, firstByteP95: 20 },
    },
  ]);
});

test('all forwards are added up, and a restarted forward counts from 0', () => {
  const { traffic, pass } = recorder();
  let first = counters({ open: 1, total: 3, bytesReceived: 500 });
  const one = traffic.add('1', () => first);
  traffic.add('2', () => counters({ open: 2, total: 2, bytesReceived: 70 }));
  traffic.addFirstByte('2', 8);
  pass(1);
  first = counters({ open: 1, total: 1, bytesReceived: 30 });
  pass(1);
  one.dispose();
  pass(1);
  assert.deepEqual(
    columns(
      traffic.list('minutes', undefined),
      ...(['bytesIn', 'openConnections', 'newConnections', 'firstByteP50'] as const),
    ),
    [
      [570, 3, 5, 8],
      [30, 3, 1, undefined],
      [0, 2, 0, undefined],
    ],
  );
  assert.deepEqual(traffic.list('minutes', '1'), []);
});

test('five minutes and an hour are kept, and each sample is reported', () => {
  const { traffic, pass } = recorder();
  traffic.add('1', () => counters());
  const told: SampledTraffic[] = [];
  traffic.onDidSample((sampled) => told.push(sampled));
  pass(4_000);
  assert.equal(traffic.list('minutes', '1').length, 300);
  assert.equal(traffic.list('minutes', '1').at(-1)?.at, 4_000_000);
  assert.equal(traffic.list('hour', undefined).length, 360);
  assert.equal(told.length, 2 * (4_000 + 400));
  traffic.dispose();
});

test('when the last forward ends, the last samples have no open connections', () => {
  const clock = new FakeClock();
  const inspection = new Inspection(clock);
  const forwards = ['1', '2'].map((id) => inspection.sample(id, () => counters({ open: 5, total: 5 })));
  for (let second = 0; second < 13; second++) clock.advance(1_000);
  for (const forward of forwards) forward.dispose();
  const open = (range: 'minutes' | 'hour') =>
    inspection.traffic.list(range, undefined).map(({ openConnections }) => openConnections);
  assert.deepEqual(open('minutes').slice(-2), [10, 0]);
  assert.equal(open('minutes').length, 14);
  assert.deepEqual(open('hour'), [10, 0]);
  inspection.dispose();
});
