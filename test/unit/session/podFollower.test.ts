import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CodedError } from '../../../src/base/errors.ts';
import { FollowedPod, type FollowedPodOptions } from '../../../src/session/followedPod.ts';
import { servingPods } from '../../../src/session/podFollower.ts';
import type { PodChange } from '../../../src/session/state.ts';
import { FakeClock } from '../../support/fakeClock.ts';
import { FakeTarget, podState } from '../../support/fakeSession.ts';

const WEB = { namespace: 'demo', name: 'web', uid: 'uid-web' };

function follow(more: Partial<FollowedPodOptions> = {}) {
  const clock = new FakeClock();
  const target = new FakeTarget();
  const looks: PodChange[] = [];
  const pod = new FollowedPod({ target, clock, pod: WEB, onLook: (change) => looks.push(change), ...more });
  return { clock, target, looks, pod };
}

const settle = () => new Promise((resolve) => setImmediate(resolve));

test('successive lists show that a pod is ready, restarted, unready, terminating and gone', () => {
  const { pod: observer } = follow();
  assert.equal(observer.observe([podState('other')]), undefined, 'not on the list yet');
  assert.equal(observer.isConfirmed, false);
  assert.equal(observer.observe([podState('web', { restarts: 3 })]), 'ready');
  assert.equal(observer.isConfirmed, true);
  assert.equal(observer.observe([podState('web', { restarts: 4 })]), 'restarted');
  assert.equal(observer.observe([podState('web', { restarts: 4, isReady: false })]), 'unready');
  assert.equal(observer.observe([podState('web', { restarts: 4, isTerminating: true })]), 'terminating');
  assert.equal(observer.observe([podState('web', { restarts: 4, isCompleted: true })]), 'gone');
  assert.equal(observer.observe([podState('web', { uid: 'another of the name' })]), 'gone');
});

test('a pod that is not Ready is superseded by a Ready pod, and not by a terminating one', () => {
  const { pod: observer } = follow();
  const unready = podState('web', { isReady: false });
  assert.equal(observer.observe([unready, podState('other', { isTerminating: true })]), 'unready');
  assert.equal(observer.observe([unready, podState('other')]), 'superseded');
});

test('a pod that was taken while it was terminating is kept until it is gone', () => {
  const { pod: observer } = follow({ wasTerminating: true });
  const ending = podState('web', { isReady: false, isTerminating: true });
  assert.equal(observer.observe([ending]), 'unready');
  assert.equal(observer.observe([]), 'gone');
});

test('the serving pods are those that are neither terminating nor completed, and change when one becomes ready', () => {
  const unready = servingPods([podState('a', { isReady: false })]);
  assert.deepEqual(unready, servingPods([podState('a', { isReady: false })]));
  assert.notDeepEqual(unready, servingPods([podState('a')]));
  assert.equal(
    servingPods([podState('a', { isTerminating: true }), podState('b', { isCompleted: true })]).size,
    0,
  );
});

test('a pod that no list shows is looked at after 5 s and every 10 s, and on suspicion once in 2 s', async () => {
  const { clock, target, looks, pod } = follow({ isUnlisted: true });
  target.inspected = podState('web');
  pod.suspect();
  assert.equal(target.looks, 0, 'not before traffic can pass');
  pod.beginLooking();
  clock.advance(4_999);
  assert.equal(target.looks, 0);
  clock.advance(1);
  await settle();
  assert.deepEqual(looks, ['ready']);
  target.inspected = new CodedError('UNREACHABLE');
  clock.advance(10_000);
  await settle();
  assert.equal(target.looks, 2);
  target.inspected = podState('web', { uid: 'another' });
  clock.advance(10_000);
  await settle();
  assert.deepEqual(looks, ['ready', 'gone']);
  target.inspected = undefined;
  clock.advance(2_000);
  pod.suspect();
  pod.suspect();
  await settle();
  assert.equal(target.looks, 4);
  assert.deepEqual(looks, ['ready', 'gone', 'gone']);
  target.inspected = new CodedError('FORBIDDEN');
  clock.advance(2_000);
  pod.suspect();
  await settle();
  assert.equal(clock.pending, 0, 'who may not look does not try again');
});

test('a pod that a list has shown is not looked at, unless connections fail in it', async () => {
  const { clock, target, pod } = follow();
  pod.beginLooking();
  pod.observe([podState('web')]);
  clock.advance(20_000);
  await settle();
  assert.equal(target.looks, 0);
  pod.suspect();
  await settle();
  assert.equal(target.looks, 1);
  pod.dispose();
  assert.equal(clock.pending, 0);
});
