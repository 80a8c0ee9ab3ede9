import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setLabel } from '../../../../src/rpc/forwardsContract.ts';
import type { CommandServices } from '../../../../src/ui/commands/commandServices.ts';
import { fake } from '../../../support/fakeVscode.ts';
import { forwards, gateways, host, window } from '../../../support/fakeWindow.ts';
import { contextRow, specification, target } from '../../../support/uiRows.ts';

const { saveForward } = await import('../../../../src/ui/commands/saveForward.ts');
const { EntryStarter } = await import('../../../../src/ui/saved/entryStarter.ts');
const { ForwardMessages } = await import('../../../../src/ui/forwards/forwardMessages.ts');

/** Starts a forward with the kubeconfig, and saves it. Returns the names of the saved forwards in the user settings. */
async function save(kubeconfig: string): Promise<readonly unknown[]> {
  const { id } = await forwards.start(
    specification('web', { target: { ...target('web'), context: { kubeconfig, context: 'dev' } } }),
  );
  let list: readonly { readonly name?: unknown }[] = [];
  const saved = {
    read: () => list,
    write: async (_scope: unknown, written: typeof list) => {
      list = written;
    },
  };
  const services = {
    ...{ forwards, gateways, saved, messages: new ForwardMessages(forwards) },
    entries: new EntryStarter(window.contexts, forwards, gateways, window.ports),
  };
  fake.nextInput = 'Web';
  await saveForward(services as unknown as CommandServices, id);
  return list.map(({ name }) => name);
}

test('a forward is saved only if its context is the only one of that name, or those of that name lead to one cluster', async () => {
  host.answers.set(setLabel.method, () => undefined);
  const own = contextRow('dev', { kubeconfig: '', files: ['/home/user/.kube/config'] });
  const other = contextRow('dev', { kubeconfig: '/work/config' });
  host.contexts = { contexts: [own, other], problems: [] };
  assert.deepEqual([await save(''), await save('/work/config')], [['Web'], ['Web']]);
  const elsewhere = { ...other, server: 'https://elsewhere' };
  host.contexts = { contexts: [own, elsewhere], problems: [] };
  fake.messages = [];
  // In user settings, a context name means the context in the user's own kubeconfig, so the second forward is refused.
  assert.deepEqual([await save(''), await save('/work/config')], [['Web'], []]);
  const files = '/home/user/.kube/config, /work/config';
  assert.deepEqual(
    fake.texts.at(-1),
    `Several kubeconfigs have a context "dev": rename it in one of ${files}`,
  );
});

test('a forward of a kubeconfig that the window does not list is saved only if the window has no context of that name', async () => {
  host.answers.set(setLabel.method, () => undefined);
  const own = contextRow('dev', { kubeconfig: '', files: ['/home/user/.kube/config'] });
  host.contexts = { contexts: [own], problems: [] };
  // The default kubeconfig includes the second file.
  assert.deepEqual(
    [await save('/home/user/k3s-b.yaml'), await save('/home/user/.kube/config')],
    [[], ['Web']],
  );
  const files = '/home/user/.kube/config, /home/user/k3s-b.yaml';
  assert.ok(fake.texts.includes(`Several kubeconfigs have a context "dev": rename it in one of ${files}`));
  host.contexts = { contexts: [contextRow('other')], problems: [] };
  assert.deepEqual(await save('/home/user/k3s-b.yaml'), ['Web']);
});
