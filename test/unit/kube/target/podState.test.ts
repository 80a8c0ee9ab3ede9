import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Pod } from '../../../../src/kube/cluster/resources.ts';
import {
  chooseEndingPod,
  chooseReadyPod,
  chooseRunningPod,
  isCompleted,
  isReady,
  isRunning,
  podStatusText,
} from '../../../../src/kube/target/podState.ts';
import { apiFixture, apiFixtureText } from '../../../support/apiFixture.ts';

interface PodOptions {
  name?: string;
  phase?: string;
  ready?: boolean;
  since?: string;
  restarts?: number;
  created?: string;
  terminating?: boolean;
}

function pod(options: PodOptions = {}): Pod {
  const {
    name = 'p',
    phase = 'Running',
    ready = true,
    since = '2026-01-01T00:00:00Z',
    restarts = 0,
  } = options;
  return {
    metadata: {
      name,
      creationTimestamp: options.created ?? '2026-01-01T00:00:00Z',
      ...(options.terminating && { deletionTimestamp: '2026-01-02T00:00:00Z' }),
    },
    status: {
      phase,
      conditions: [{ type: 'Ready', status: ready ? 'True' : 'False', lastTransitionTime: since }],
      containerStatuses: [{ restartCount: restarts }],
    },
  } as unknown as Pod;
}

test('recorded pods are running and Ready, and not completed', () => {
  const { items } = apiFixture<{ items: Pod[] }>('pods-demo.json');
  assert.ok(items.length > 0);
  for (const item of items) assert.ok(isReady(item) && isRunning(item) && !isCompleted(item));
});

test('the recorded steps of a replaced pod have the right states', () => {
  const events = apiFixtureText('watch-pod-replaced.jsonl')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as { type: string; object: Pod })
    .filter(({ type }) => type !== 'BOOKMARK');
  const pods = new Map<string, Pod>();
  const chosen: string[] = [];
  for (const { type, object } of events) {
    const uid = object.metadata?.uid ?? '';
    if (type === 'DELETED') pods.delete(uid);
    else pods.set(uid, object);
    chosen.push(chooseReadyPod(pods.values())?.metadata?.name ?? 'none');
  }
  // A Ready pod is found at each step. The choice changes at most once, from the old pod to the new one.
  assert.ok(!chosen.includes('none'), chosen.join());
  const changes = chosen.filter((name, index) => index > 0 && name !== chosen[index - 1]);
  assert.ok(changes.length <= 1, chosen.join());
});

test('only Ready pods that stay are chosen', () => {
  assert.equal(chooseReadyPod([]), undefined);
  const useless = [
    pod({ phase: 'Pending' }),
    pod({ ready: false }),
    pod({ terminating: true }),
    pod({ phase: 'Succeeded' }),
  ];
  assert.equal(chooseReadyPod(useless), undefined);
});

test('the longest Ready pod is chosen, then fewest restarts, oldest, and by name', () => {
  const best = (...pods: PodOptions[]) => chooseReadyPod(pods.map(pod))?.metadata?.name;
  const early = '2026-01-01T00:00:00Z';
  const late = '2026-01-02T00:00:00Z';
  assert.equal(best({ name: 'a', since: late }, { name: 'b', since: early, restarts: 9 }), 'b');
  assert.equal(best({ name: 'a', restarts: 2 }, { name: 'b', restarts: 1, created: late }), 'b');
  assert.equal(best({ name: 'a', created: late }, { name: 'b', created: early }), 'b');
  assert.equal(best({ name: 'b' }, { name: 'a' }), 'a');
});

test('of pods that are not Ready, the one with the fewest restarts is chosen, not the one that is unready the longest', () => {
  const crashing = { name: 'a', ready: false, since: '2026-01-01T00:00:00Z', restarts: 9 };
  const starting = { name: 'b', ready: false, since: '2026-01-02T00:00:00Z' };
  assert.equal(chooseRunningPod([crashing, starting].map(pod))?.metadata.name, 'b');
});

test('of pods that are terminating, one that is still Ready is chosen', () => {
  const unready = { name: 'a', terminating: true, ready: false, since: '2026-01-01T00:00:00Z' };
  const ready = { name: 'b', terminating: true, since: '2026-01-02T00:00:00Z', restarts: 9 };
  assert.equal(chooseEndingPod([unready, ready].map(pod))?.metadata.name, 'b');
});

test('a pod whose times are missing is chosen last', () => {
  const without = (name: string, field: 'since' | 'created') => {
    const { metadata, status } = pod({ name });
    if (field === 'created') return { metadata: { name }, status } as Pod;
    return { metadata, status: { ...status, conditions: [{ type: 'Ready', status: 'True' }] } } as Pod;
  };
  for (const field of ['since', 'created'] as const) {
    assert.equal(chooseReadyPod([without('a', field), pod({ name: 'b' })])?.metadata.name, 'b', field);
  }
});

test("the word for a pod's state is kubectl's", () => {
  const waiting = (reason: string, field = 'containerStatuses') =>
    podStatusText({
      status: { phase: 'Pending', [field]: [{ state: { waiting: { reason } } }] },
    } as unknown as Pod);
  assert.equal(podStatusText(pod()), 'Running');
  assert.equal(podStatusText(pod({ terminating: true })), 'Terminating');
  assert.equal(waiting('ImagePullBackOff'), 'ImagePullBackOff');
  assert.equal(waiting('CreateContainerError', 'initContainerStatuses'), 'CreateContainerError');
  assert.equal(podStatusText({ metadata: { name: 'a' } }), 'Unknown');
});
