import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import { fake } from '../../../support/fakeVscode.ts';

const { envFileTask } = await import('../../../../src/ui/tasks/envFileTask.ts');

const TYPE = 'kubePortForward';

beforeEach(() => {
  fake.reset();
  const tasks = [
    { type: TYPE, label: 'ports', forwards: ['Web'] },
    { type: TYPE, label: 'names', proxy: true },
    { type: TYPE, label: 'saved', forwards: ['Web', 'Demo'] },
    { type: 'shell', label: 'all', dependsOn: ['ports', 'saved'] },
  ];
  fake.inspected['tasks.tasks'] = { workspaceValue: tasks };
});

test('an environment file belongs to the task that opens a namespace, of those that the configuration starts', () => {
  const place = { type: 'workspace' } as const;
  const saved = [
    { place, entry: { name: 'Web', target: 'service/web', remotePort: 80 } },
    { place, entry: { name: 'Demo', proxy: true } },
  ] as const;
  const taskOf = (preLaunchTask?: unknown) => envFileTask({ name: 'Server', preLaunchTask }, saved);
  assert.deepEqual(
    [taskOf(), taskOf('names'), taskOf('saved'), taskOf('all'), taskOf(`${TYPE}: Demo`)],
    ['names', 'names', 'saved', 'saved', 'Demo'],
  );
  assert.equal(taskOf('ports'), undefined);
  assert.equal(envFileTask(undefined, []), 'names');
});
