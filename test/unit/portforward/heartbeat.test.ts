import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type CodedError, isCoded } from '../../../src/base/errors.ts';
import { watchHeartbeat } from '../../../src/portforward/heartbeat.ts';
import { FakeClock } from '../../support/fakeClock.ts';
import { FakeTunnel } from '../../support/fakeTunnel.ts';
import { recorded } from '../../support/observed.ts';
import { settle } from '../../support/spdyBytes.ts';

interface Watch extends Disposable {
  readonly clock: FakeClock;
  readonly tunnel: FakeTunnel;
  readonly lost: (CodedError | undefined)[];
  /** Answers all pending pings. */
  answer(): Promise<void>;
}

function watch(): Watch {
  const clock = new FakeClock();
  const tunnel = new FakeTunnel();
  const lost = recorded(tunnel.onDidClose);
  const heartbeat = watchHeartbeat(tunnel, clock);
  return {
    clock,
    tunnel,
    lost,
    async answer() {
      for (const ping of tunnel.pings.splice(0)) ping.resolve(1);
      await settle();
    },
    [Symbol.dispose]() {
      heartbeat.dispose();
      assert.equal(clock.pending, 0);
    },
  };
}

test('a heartbeat pings every 5 s, one ping at a time', async () => {
  using it = watch();
  for (let round = 0; round < 5; round++) {
    it.clock.advance(4_999);
    assert.equal(it.tunnel.pings.length, 0);
    it.clock.advance(1);
    assert.equal(it.tunnel.pings.length, 1);
    await it.answer();
  }
  assert.deepEqual(it.lost, []);
});

test('a tunnel is lost with a reason after 10 s without an answer', async () => {
  using it = watch();
  it.clock.advance(9_999);
  assert.equal(it.lost.length, 0);
  it.clock.advance(1);
  assert.equal(it.lost.length, 1);
  assert.ok(isCoded(it.lost[0], 'LOST_CONNECTION_TO_SERVER'));
  assert.match(it.lost[0].message, /no response for 10 s/);
});

test('a late answer counts', async () => {
  using it = watch();
  it.clock.advance(9_999);
  await it.answer();
  it.clock.advance(5_000);
  assert.equal(it.tunnel.pings.length, 1);
  assert.deepEqual(it.lost, []);
});

test('a paused tunnel gets no ping, and gets one when it moves', async () => {
  using it = watch();
  it.tunnel.isPaused = true;
  it.clock.advance(600_000);
  assert.equal(it.tunnel.pings.length, 0);
  it.tunnel.isPaused = false;
  it.clock.advance(5_000);
  assert.equal(it.tunnel.pings.length, 1);
  it.clock.advance(5_000);
  assert.equal(it.lost.length, 1);
});

test('a tunnel that pauses before its answer is waited for until it moves and stays silent', async () => {
  using it = watch();
  it.clock.advance(5_000);
  it.tunnel.isPaused = true;
  it.clock.advance(600_000);
  assert.deepEqual(it.lost, []);
  assert.equal(it.tunnel.pings.length, 1);
  it.tunnel.isPaused = false;
  it.clock.advance(5_000);
  assert.equal(it.lost.length, 1);
});

test('a late timer is no silence, because the answer may be unread', async () => {
  using it = watch();
  it.clock.advance(5_000);
  it.clock.leap(3_600_000);
  assert.deepEqual(it.lost, []);
  await it.answer();
  it.clock.advance(5_000);
  await it.answer();
  assert.deepEqual(it.lost, []);
});

test('after a sleep a ping is sent at once, and a lost peer is noticed 5 s later', async () => {
  using it = watch();
  it.clock.leap(3_600_000);
  assert.equal(it.tunnel.pings.length, 1);
  it.clock.advance(4_999);
  assert.deepEqual(it.lost, []);
  it.clock.advance(1);
  assert.equal(it.lost.length, 1);
});

test('the end of the tunnel ends the heartbeat', async () => {
  using it = watch();
  it.clock.advance(5_000);
  it.tunnel.pings[0]?.reject(new Error('it has ended'));
  await settle();
  assert.equal(it.clock.pending, 0);
});

test('disposing ends a pending ping and sets no timer', async () => {
  const it = watch();
  it.clock.advance(5_000);
  it[Symbol.dispose]();
  await settle();
  await assert.rejects(it.tunnel.pings[0]?.promise ?? Promise.resolve());
  assert.equal(it.clock.pending, 0);
  assert.deepEqual(it.lost, []);
});
