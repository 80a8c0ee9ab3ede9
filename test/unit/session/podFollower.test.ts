import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { CodedError } from '../../../src/base/errors.ts';
import { FollowedPod, type FollowedPodOptions } from '../../../src/session/followedPod.ts';
import { PodFollower } from '../../../src/session/podFollower.ts';
import type { PodState } from '../../../src/session/ports.ts';
import type { PodChange } from '../../../src/session/state.ts';
import { FakeClock } from '../../support/fakeClock.ts';
import { FakeTarget, podState } from '../../support/fakeSession.ts';
import { restConfigFor } from '../../support/restConfig.ts';

const WEB = { namespace: 'demo', name: 'web', uid: 'uid-web' };

function follow(more: Partial<FollowedPodOptions> = {}) {
  const clock = new FakeClock();
  const target = new FakeTarget();
  const changes: PodChange[] = [];
  const pod = new FollowedPod({
    target,
    clock,
    pod: WEB,
    onChange: (change) => changes.push(change),
    ...more,
  });
  return { clock, target, changes, pod };
}

/** The pod as it is chosen for a user who may not read the pod: without its `uid`. */
const UNREAD = { ...WEB, uid: '' };

/** Returns a follower. `takePod` makes it follow the pod that an attempt has reached. */
function follower(t: TestContext, onSeen = () => {}) {
  const target = new FakeTarget();
  const clock = new FakeClock();
  const pods = new PodFollower({ target, clock, onChange: () => {}, onSeen });
  t.after(() => pods.dispose());
  const restConfig = restConfigFor(new URL('https://127.0.0.1:1'));
  const takePod = (attempt: number, pod: typeof WEB) =>
    pods.follow(attempt, { restConfig, pod, isReady: true, remotePorts: [80] });
  return { target, clock, pods, takePod };
}

const settle = () => new Promise((resolve) => setImmediate(resolve));

test('successive lists show that a pod is ready, restarted, unready, terminating and gone', () => {
  const { pod: observer } = follow();
  assert.equal(observer.observe([podState('other')]), undefined, 'not on the list yet');
  assert.equal(observer.wasListed, false);
  assert.equal(observer.observe([podState('web', { restarts: 3 })]), 'ready');
  assert.equal(observer.wasListed, true);
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

test('a pod that the user may not read is recognized by its name once it can be seen', async (t) => {
  const { clock, target, changes, pod } = follow({ pod: UNREAD });
  t.after(() => pod.dispose());
  pod.beginInspecting();
  clock.advance(5_000);
  await settle();
  assert.deepEqual(changes, [], 'forbidden');
  target.inspected = podState('web');
  clock.advance(60_000);
  await settle();
  assert.deepEqual(changes, ['ready']);
  target.inspected = undefined;
  clock.advance(10_000);
  await settle();
  assert.deepEqual(changes, ['ready', 'gone']);
  assert.equal(pod.observe([podState('other'), podState('web', { isTerminating: true })]), 'terminating');
  assert.equal(pod.observe([podState('other')]), 'gone');
});

test('a draining pod that the user may not read is gone only if no pod has its name', async (t) => {
  const { target, clock, pods, takePod } = follower(t);
  let gone = 0;
  takePod(1, UNREAD);
  const following = pods.leaveDraining(1, { podIsGone: () => gone++ });
  t.after(() => following.dispose());
  target.show(podState('web'));
  assert.equal(clock.pending, 0, 'the list contains the pod');
  target.show(podState('web', { isCompleted: true }));
  assert.equal(gone, 1);
});

test('a pod that was taken while it was terminating is kept until it is gone', () => {
  const { pod: observer } = follow({ wasTerminating: true });
  const ending = podState('web', { isReady: false, isTerminating: true });
  assert.equal(observer.observe([ending]), 'unready');
  assert.equal(observer.observe([]), 'gone');
});

test('a list reports a chance for another attempt only if a pod was added or became ready', (t) => {
  let seen = 0;
  const { target, takePod } = follower(t, () => seen++);
  takePod(1, WEB);
  const seenAfter = (...states: readonly PodState[]): number => {
    seen = 0;
    target.show(...states);
    return seen;
  };
  assert.equal(seenAfter(podState('web', { isReady: false })), 1, 'added');
  assert.equal(seenAfter(podState('web')), 1, 'ready');
  assert.equal(seenAfter(podState('web', { restarts: 1 })), 0, 'unchanged');
  assert.equal(seenAfter(podState('web', { isReady: false })), 0, 'no longer ready');
  assert.equal(seenAfter(podState('web', { isTerminating: true })), 0, 'terminating');
  assert.equal(seenAfter(podState('job', { isCompleted: true })), 0, 'completed');
  assert.equal(seenAfter(podState('web')), 1, 'ready again');
});

test('a draining pod that a list does not contain is gone only if a direct request says so', async (t) => {
  const { target, clock, pods, takePod } = follower(t);
  let gone = 0;
  const drain = (attempt: number) => {
    const following = pods.leaveDraining(attempt, { podIsGone: () => gone++ });
    t.after(() => following.dispose());
  };
  target.inspected = podState('web');
  takePod(1, WEB);
  drain(1);
  target.show(podState('older'));
  clock.advance(5_000);
  await settle();
  assert.deepEqual([gone, target.inspections], [0, 1], 'the list is older than the pod');
  takePod(2, WEB);
  target.show(podState('web'));
  target.change();
  target.show(podState('other'));
  drain(2);
  assert.equal(gone, 0, 'the list shows the pods of the changed target');
  takePod(3, WEB);
  target.show(podState('web'));
  drain(3);
  target.show();
  clock.advance(5_000);
  await settle();
  assert.equal(gone, 0, 'the target no longer selects the pod, which may have lost a label');
  target.inspected = undefined;
  clock.advance(10_000);
  await settle();
  assert.equal(gone, 3);
});

test('a pod that no list shows is looked at after 5 s and every 10 s, and on suspicion once in 2 s', async () => {
  const { clock, target, changes, pod } = follow();
  target.inspected = podState('web');
  pod.suspect();
  assert.equal(target.inspections, 0, 'not before traffic can pass');
  pod.beginInspecting();
  clock.advance(4_999);
  assert.equal(target.inspections, 0);
  clock.advance(1);
  await settle();
  assert.deepEqual(changes, ['ready']);
  target.inspected = new CodedError('UNREACHABLE');
  clock.advance(10_000);
  await settle();
  assert.equal(target.inspections, 2);
  target.inspected = podState('web', { uid: 'another' });
  clock.advance(10_000);
  await settle();
  assert.deepEqual(changes, ['ready', 'gone']);
  target.inspected = undefined;
  clock.advance(2_000);
  pod.suspect();
  pod.suspect();
  await settle();
  assert.equal(target.inspections, 4);
  assert.deepEqual(changes, ['ready', 'gone', 'gone']);
  target.inspected = new CodedError('FORBIDDEN');
  clock.advance(2_000);
  pod.suspect();
  await settle();
  assert.equal(target.inspections, 5);
  target.inspected = podState('web', { isReady: false });
  clock.advance(59_999);
  assert.equal(target.inspections, 5, 'who may not look tries again only after a minute');
  clock.advance(1);
  await settle();
  assert.equal(changes.at(-1), 'unready');
  assert.equal(pod.observe([podState('web')]), 'ready');
  clock.advance(60_000);
  await settle();
  assert.deepEqual([target.inspections, clock.pending], [6, 0], 'a list has shown the pod');
});

test('a pod that a list has shown is not looked at, unless connections fail in it', async () => {
  const { clock, target, pod } = follow();
  pod.beginInspecting();
  pod.observe([podState('web')]);
  clock.advance(20_000);
  await settle();
  assert.equal(target.inspections, 0);
  pod.suspect();
  await settle();
  assert.equal(target.inspections, 1);
  pod.dispose();
  assert.equal(clock.pending, 0);
});
