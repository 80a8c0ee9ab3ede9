import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import { mergeSources } from '../../../../src/ui/saved/savedForward.ts';
import { EnvFiles } from '../../../../src/ui/tasks/envFiles.ts';
import type { ForwardTaskServices } from '../../../../src/ui/tasks/forwardTasks.ts';
import { fake, Uri } from '../../../support/fakeVscode.ts';

const { envFileTask, withEnvFile } = await import('../../../../src/ui/tasks/envFileTask.ts');

const TYPE = 'kubePortForward';

beforeEach(() => {
  const tasks = [
    { type: TYPE, label: 'ports', forwards: ['Web'] },
    { type: TYPE, label: 'names', proxy: true },
    { type: TYPE, label: 'saved', forwards: ['Web', 'Demo'] },
    { type: 'shell', label: 'all', dependsOn: ['ports', 'saved'] },
  ];
  fake.inspected['tasks.tasks'] = { workspaceValue: tasks };
});

test('an environment file belongs to the task that opens a namespace, of those that the configuration starts', () => {
  const scope = { type: 'workspace' } as const;
  const saved = [
    { scope, entry: { name: 'Web', target: 'service/web', remotePort: 80 } },
    { scope, entry: { name: 'Demo', proxy: true } },
  ] as const;
  const taskOf = (preLaunchTask?: unknown) => envFileTask({ name: 'Server', preLaunchTask }, { saved })?.name;
  assert.deepEqual(
    [taskOf(), taskOf('names'), taskOf('saved'), taskOf('all'), taskOf(`${TYPE}: Demo`)],
    ['names', 'names', 'saved', 'saved', 'Demo'],
  );
  assert.equal(taskOf('ports'), undefined);
  assert.deepEqual(envFileTask(undefined, { saved: [] }), { name: 'names', folder: '' });
});

test('tasks with the same name in two folders have files of their own, and each launch configuration that of its folder', () => {
  const folders = ['shop', 'bank'].map((name, index) => ({
    name,
    index,
    uri: Uri.parse(`file:///work/${name}`),
  }));
  const [shop, bank] = folders;
  fake.workspaceFolders = folders;
  const names = { type: TYPE, label: 'names', proxy: true };
  for (const { uri } of folders) fake.inspected[`${uri} tasks.tasks`] = { workspaceFolderValue: [names] };
  const services = { saved: { forwards: [] }, storage: '/storage' } as unknown as ForwardTaskServices;
  const written = {
    ...{ type: 'node', request: 'launch', name: 'Server', preLaunchTask: 'names' },
    envFile: '$' + '{command:kubePortForward.envFile}',
    args: ['--env', '$' + '{command:kubePortForward.envFile}', '$' + '{file}'],
  };
  const resolved = (folder: typeof shop, more = {}) =>
    withEnvFile({ ...written, ...more }, folder as never, services);
  const pathOf = (folder: string) => new EnvFiles('/storage').pathOf({ name: 'names', folder });
  for (const folder of [shop, bank]) {
    const path = pathOf(String(folder?.uri));
    assert.deepEqual(resolved(folder), { ...written, envFile: path, args: ['--env', path, '$' + '{file}'] });
    assert.equal(resolved(folder, { preLaunchTask: undefined })['envFile'], path);
  }
  // A task of the workspace file belongs to no folder, so there is one file for all folders.
  fake.inspected = { 'tasks.tasks': { workspaceValue: [names] } };
  assert.equal(resolved(bank)['envFile'], pathOf(''));
  // If the configuration has no folder, or the workspace has only one folder, the variable stays. VS Code itself then
  // replaces it.
  assert.equal(resolved(undefined)['envFile'], written.envFile);
  fake.workspaceFolders = [bank ?? assert.fail()];
  assert.equal(resolved(bank)['envFile'], written.envFile);
});

test("the provided task of an entry that overrides the user's is that of its folder, also for a workspace file", () => {
  const uri = Uri.parse('file:///work/shop');
  fake.workspaceFolders = [
    { name: 'bank', uri: Uri.parse('file:///work/bank') },
    { name: 'shop', uri },
  ];
  const value = [{ name: 'Demo', proxy: true }];
  const { forwards: saved } = mergeSources([
    { scope: { type: 'user' }, value },
    { scope: { type: 'folder', folder: `${uri}` }, value },
  ]);
  const task = envFileTask({ name: 'Server', preLaunchTask: `${TYPE}: Demo` }, { saved });
  assert.deepEqual(task, { name: 'Demo', folder: `${uri}` });
});
