import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import { Emitter } from '../../../../src/base/event.ts';
import { contextsChanged } from '../../../../src/rpc/clustersContract.ts';
import type { AutoStart as Starter } from '../../../../src/ui/saved/autoStart.ts';
import type { SavedForward } from '../../../../src/ui/saved/savedForward.ts';
import { eventually } from '../../../support/eventually.ts';
import { fake } from '../../../support/fakeVscode.ts';
import { forwards, gateways, host, window } from '../../../support/fakeWindow.ts';
import { contextRow } from '../../../support/uiRows.ts';

const { AutoStart } = await import('../../../../src/ui/saved/autoStart.ts');
const { EntryStarter } = await import('../../../../src/ui/saved/entryStarter.ts');
const { ForwardMessages } = await import('../../../../src/ui/forwards/forwardMessages.ts');
const { ForwardStarter } = await import('../../../../src/ui/forwards/forwardStarter.ts');

const web: SavedForward = {
  scope: { type: 'workspace' },
  entry: { name: 'web', context: 'dev', target: 'service/web', remotePort: 80, autoStart: true },
};
const CONTEXTS = { contexts: [contextRow('dev')], problems: [] };
const NO_CONTEXTS = { contexts: [], problems: [] };

let memory: Map<string, unknown>;
let autoStart: Starter;

beforeEach(() => {
  memory = new Map();
  host.contexts = CONTEXTS;
});

afterEach(() => autoStart.dispose());

/** Begins to start the saved forwards automatically, as a window does when it opens. */
function open(): void {
  autoStart?.dispose();
  const saved = { forwards: [web], onDidChange: new Emitter<void>().event };
  const messages = new ForwardMessages(forwards);
  const services = {
    ...{ messages, starter: new ForwardStarter(forwards, messages, window.ports) },
    entries: new EntryStarter(window.contexts, forwards, gateways, window.ports),
  };
  const store = {
    get: (key: string) => memory.get(key),
    update: async (key: string, value: unknown) => void memory.set(key, value),
  };
  autoStart = new AutoStart(saved as never, services, store as never);
}

test('an approved forward starts without another question, however late its kubeconfig can be read', async () => {
  fake.nextButton = 'Start';
  open();
  await eventually(() => host.forwards.length === 1, 'the approved forward');
  assert.equal(fake.messages.filter(({ buttons }) => buttons.includes('Start')).length, 1);
  host.setForwards([]);
  fake.messages = [];
  host.contexts = NO_CONTEXTS;
  open();
  await eventually(() => window.contexts.contexts.length === 0, 'the empty list of contexts');
  host.notify(contextsChanged, NO_CONTEXTS);
  host.contexts = CONTEXTS;
  host.notify(contextsChanged, CONTEXTS);
  await eventually(() => host.forwards.length === 1, 'the forward');
  assert.deepEqual(fake.messages, []);
});

test('the destinations are read again after a change of the settings if they could not be read before', async () => {
  const changed = new Emitter<void>();
  const failures = [new Error('no destinations')];
  const asked: unknown[] = [];
  const entries = {
    onDidChangeContexts: changed.event,
    destinations: async () => {
      asked.push(undefined);
      for (const failure of failures.splice(0)) throw failure;
      return () => null;
    },
  };
  const saved = { forwards: [web], onDidChange: changed.event };
  autoStart = new AutoStart(saved as never, { entries } as never, {} as never);
  await eventually(() => failures.length === 0, 'the failure');
  await setImmediate();
  changed.fire();
  assert.equal(asked.length, 2);
});
