import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CodedError } from '../../../src/base/errors.ts';
import { PodInspector } from '../../../src/session/podInspector.ts';
import { NewPods, PodObserver } from '../../../src/session/podObserver.ts';
import type { PodState } from '../../../src/session/ports.ts';
import { FakeClock } from '../../support/fakeClock.ts';
import { FakeTarget, podState } from '../../support/fakeSession.ts';

const WEB = { namespace: 'demo', name: 'web', uid: 'uid-web' };

test('successive lists show the changes of a pod', () => {
  const observer = new PodObserver(WEB);
  assert.equal(observer.observe([podState('other')]), undefined, 'not on the list yet');
  assert.equal(observer.isConfirmed, false);
  assert.equal(observer.observe([podState('web', { restarts: 3 })]), 'ready');
  assert.equal(observer.isConfirmed, true);
  assert.equal(observer.observe([podState('web', { restarts: 4 })]), 'restarted');
  assert.equal(observer.observe([podState('web', { restarts: 4, isReady: false })]), 'unready');
  assert.equal(observer.observe([podState('web', { restarts: 4, isTerminating: true })]), 'terminating');
  assert.equal(observer.observe([podState('web', { restarts: 4, isOver: true })]), 'gone');
  assert.equal(observer.observe([podState('web', { uid: 'another of the name' })]), 'gone');
});

test('a direct look shows the change of a pod', () => {
  const observer = new PodObserver(WEB);
  assert.equal(observer.inspect(podState('web')), 'ready');
  assert.equal(observer.inspect(podState('web', { uid: 'another' })), 'gone');
  assert.equal(observer.inspect(undefined), 'gone');
});

test('a pod that is not Ready is superseded by a Ready one, and not by one that ends', () => {
  const observer = new PodObserver(WEB);
  const unready = podState('web', { isReady: false });
  assert.equal(observer.observe([unready, podState('other', { isTerminating: true })]), 'unready');
  assert.equal(observer.observe([unready, podState('other')]), 'superseded');
});

test('a pod that was taken while terminating is kept until it is gone', () => {
  const observer = new PodObserver(WEB, true);
  const ending = podState('web', { isReady: false, isTerminating: true });
  assert.equal(observer.observe([ending]), 'unready');
  assert.equal(observer.observe([]), 'gone');
});

test('a pod is new when it appears and when it becomes Ready, once each', () => {
  const pods = new NewPods();
  assert.equal(pods.hasNew([podState('a', { isReady: false })]), true);
  assert.equal(pods.hasNew([podState('a', { isReady: false })]), false);
  assert.equal(pods.hasNew([podState('a')]), true);
  assert.equal(pods.hasNew([podState('a')]), false);
  assert.equal(
    pods.hasNew([podState('a', { isTerminating: true }), podState('b', { isTerminating: true })]),
    false,
  );
  assert.equal(pods.hasNew([podState('a'), podState('b')]), true);
});

test('a pod that no list shows is looked at, also on suspicion, but not all the time', async () => {
  const clock = new FakeClock();
  const target = new FakeTarget();
  target.inspected = podState('web');
  const found: (PodState | undefined)[] = [];
  let isConfirmed = false;
  const inspector = new PodInspector({
    target,
    clock,
    pod: { namespace: 'demo', name: 'web', uid: 'uid-web' },
    isConfirmed: () => isConfirmed,
    onInspected: (pod) => found.push(pod),
  });
  const settle = () => new Promise((resolve) => setImmediate(resolve));
  clock.advance(4_999);
  assert.equal(target.looks, 0);
  clock.advance(1);
  await settle();
  assert.equal(target.looks, 1);
  assert.equal(found[0]?.name, 'web');
  target.inspected = new CodedError('UNREACHABLE');
  clock.advance(10_000);
  await settle();
  assert.equal(target.looks, 2);
  isConfirmed = true;
  clock.advance(20_000);
  await settle();
  assert.equal(target.looks, 2, 'the watch tells now');
  target.inspected = undefined;
  inspector.suspect();
  inspector.suspect();
  await settle();
  assert.equal(target.looks, 3);
  assert.equal(found.at(-1), undefined);
  target.inspected = new CodedError('FORBIDDEN');
  clock.advance(2_000);
  inspector.suspect();
  await settle();
  assert.equal(clock.pending, 0, 'who may not look does not try again');
});
