import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startedTasks } from '../../../../src/ui/tasks/startedTasks.ts';

const type = 'kubePortForward';
const TASKS: readonly (Readonly<Record<string, unknown>> | string | null)[] = [
  { type, label: 'forwards', forwards: ['Page'] },
  { type, label: 'others', forwards: ['Other'] },
  { type: 'shell', label: 'build', command: 'make', dependsOn: ['forwards'] },
  { label: 'all', dependsOn: ['build', { type, forwards: ['Other'] }] },
  { label: 'circle', dependsOn: 'circle' },
  { label: 'default', group: { kind: 'build', isDefault: true }, dependsOn: 'others' },
  'not a task',
  null,
];

/** Returns the labels of the tasks of this extension that start if a launch configuration has this `preLaunchTask`. */
function started(preLaunchTask: unknown): readonly string[] {
  const tasks = startedTasks(preLaunchTask, TASKS);
  const ours = TASKS.filter((task) => typeof task === 'object' && task?.['type'] === type) as Readonly<
    Record<string, unknown>
  >[];
  const unrelated = { type, label: 'unrelated', forwards: ['Page', 'Other'] };
  return [...ours, unrelated]
    .map((task) => ({ name: String(task['label']), definition: { ...task, type } }))
    .filter((task) => tasks?.includes(task) === true)
    .map(({ name }) => name);
}

test('a launch configuration starts the task that it names, and no other', () => {
  assert.deepEqual(started('forwards'), ['forwards']);
  assert.deepEqual(started('kubePortForward: others'), ['others']);
  assert.deepEqual(started({ type, forwards: ['Page'] }), ['forwards']);
  assert.deepEqual(started('echo hi'), []);
  assert.deepEqual(started('circle'), []);
});

test('a launch configuration starts the dependencies of its task at any depth', () => {
  assert.deepEqual(started('build'), ['forwards']);
  assert.deepEqual(started('all'), ['forwards', 'others']);
  assert.deepEqual(started('$' + '{defaultBuildTask}'), ['others']);
});

test('a launch configuration without a task starts none', () => {
  for (const none of [undefined, null, '']) assert.equal(startedTasks(none, TASKS), undefined);
});
