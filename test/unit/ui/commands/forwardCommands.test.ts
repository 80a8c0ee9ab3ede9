import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import { COMMANDS } from '../../../../src/contributions.ts';
import type { HolderSnapshot } from '../../../../src/rpc/contract.ts';
import type { CommandServices } from '../../../../src/ui/commands/commandServices.ts';
import { ForwardsModel } from '../../../../src/ui/forwards/forwardsModel.ts';
import { HostSession } from '../../../../src/ui/host/hostSession.ts';
import { eventually } from '../../../support/eventually.ts';
import { FakeClock } from '../../../support/fakeClock.ts';
import { FakeHost } from '../../../support/fakeHost.ts';
import { fake } from '../../../support/fakeVscode.ts';
import { forward, specification } from '../../../support/uiRows.ts';

const { registerCommands } = await import('../../../../src/ui/commands/registerCommands.ts');
const { ForwardMessages } = await import('../../../../src/ui/forwards/forwardMessages.ts');
const { ForwardStarter } = await import('../../../../src/ui/forwards/forwardStarter.ts');

let host: FakeHost;
let session: HostSession;
let forwards: ForwardsModel;
let registered: { dispose(): void };

/** Runs a command as a link does: with the id of a forward. */
const run = async (id: string, ...commandArguments: unknown[]): Promise<void> => {
  await fake.registered.get(id)?.(...commandArguments);
};

beforeEach(() => {
  fake.reset();
  host = new FakeHost();
  session = new HostSession({ launcher: host, clock: new FakeClock() });
  forwards = new ForwardsModel(session, () => true);
  const messages = new ForwardMessages(forwards);
  const starter = new ForwardStarter(forwards, messages, undefined as never);
  const clustersTree = { forwardsOf: () => [] };
  registered = registerCommands({ forwards, messages, starter, clustersTree } as unknown as CommandServices);
});

afterEach(() => {
  registered.dispose();
  forwards.dispose();
  session.dispose();
});

test('every command of the manifest is registered, and none is left when they are disposed of', () => {
  assert.deepEqual(new Set(fake.registered.keys()), new Set(Object.values(COMMANDS)));
  registered.dispose();
  assert.equal(fake.registered.size, 0);
});

test('Copy Local Address copies the address of the forward, Open in Browser opens it', async () => {
  const { id, localPort } = await forwards.start(specification('web'));
  await run(COMMANDS.copyLocalAddress, id);
  await run(COMMANDS.openInBrowser, id);
  assert.equal(fake.clipboard, `localhost:${localPort}`);
  assert.deepEqual(fake.opened, [`http://localhost:${localPort}/`]);
});

test('Stop Forwarding Port stops without asking, and its Undo brings the forward back', async () => {
  const started = await forwards.start(specification('web'));
  host.stopped = [started];
  fake.nextButton = 'Undo';
  await run(COMMANDS.stopForward, started.id);
  assert.deepEqual(fake.messages[0]?.buttons, ['Undo']);
  await eventually(() => host.forwards.some(({ id }) => id === started.id), 'the forward');
});

test('Stop All Forwards says how many forwards were started elsewhere and by whom, and Undo restores all', async () => {
  await forwards.start(specification('own'));
  const window: HolderSnapshot = { id: 'other-window', kind: 'window', window: 'shop' };
  const terminal: HolderSnapshot = { id: 'terminal', kind: 'terminal' };
  const gone: HolderSnapshot = { id: 'gone', kind: 'window', window: 'closed', hasLeft: true };
  const others = [[window], [window, terminal], [gone]].map((holders, index) =>
    forward(`other-${index}`, { holders }),
  );
  host.setForwards([...host.forwards, ...others]);
  host.stopped = host.forwards;
  fake.nextButton = 'Undo';
  await run(COMMANDS.stopAllForwards);
  assert.deepEqual(fake.messages, [
    {
      severity: 'information',
      text: 'Stopped 4 forwards, 3 of them started elsewhere. Also used by: window shop, a terminal.',
      buttons: ['Undo'],
    },
  ]);
  await eventually(() => host.forwards.length === 4, 'all forwards');
});

test('Stop All Forwards says so when nothing is forwarded, and starts no host', async () => {
  await run(COMMANDS.stopAllForwards);
  assert.deepEqual(
    fake.messages.map(({ text }) => text),
    ['No forwarded ports.'],
  );
  assert.equal(host.starts, 0);
});

test('Set Port Label sends the trimmed label, and a dismissed box changes nothing', async () => {
  const { id } = await forwards.start(specification('web'));
  const labels = () => host.requests.filter(({ method }) => method === 'forwards/setLabel');
  await run(COMMANDS.setLabel, id);
  assert.deepEqual(labels(), []);
  fake.nextInput = ' shop ';
  await run(COMMANDS.setLabel, id).catch(() => {});
  assert.deepEqual(
    labels().map(({ parameters }) => parameters),
    [{ id, label: 'shop' }],
  );
});

test('an error that a command throws is shown, with a way to the output', async () => {
  await run(COMMANDS.refreshClusters);
  const [message] = fake.messages;
  assert.equal(message?.severity, 'error');
  assert.match(message?.text ?? '', /internal error|Internal error/i);
  assert.deepEqual(message?.buttons, ['Show Output']);
});
