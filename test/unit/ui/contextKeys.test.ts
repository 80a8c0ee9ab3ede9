import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import { CONTEXT_KEYS, type ContextKey } from '../../../src/contributions.ts';
import { fake } from '../../support/fakeVscode.ts';
import { connector, host, window } from '../../support/fakeWindow.ts';
import { contextRow, forward } from '../../support/uiRows.ts';

const { ContextKeys } = await import('../../../src/ui/contextKeys.ts');

let keys: InstanceType<typeof ContextKeys>;

beforeEach(() => {
  const { contexts, forwards, gateways } = window;
  const saved = { forwards: [], onDidChange: () => ({ dispose() {} }) };
  keys = new ContextKeys({ host: connector, contexts, forwards, gateways, saved });
});

afterEach(() => keys.dispose());

/** Returns the values to which the window has set a context key, in order. */
function sentValues(key: ContextKey): readonly unknown[] {
  return fake.executed
    .filter(({ command, commandArguments }) => command === 'setContext' && commandArguments[0] === key)
    .map(({ commandArguments }) => commandArguments[1]);
}

test('a new extension host resets all keys that VS Code has kept from the previous one', () => {
  for (const key of Object.values(CONTEXT_KEYS)) {
    assert.deepEqual(sentValues(key), [key === CONTEXT_KEYS.isActivated], key);
  }
});

test('VS Code is told a context key only when the value changes', async () => {
  await connector.connect();
  host.setForwards([forward('web')]);
  host.setForwards([forward('web'), forward('db')]);
  host.setForwards([]);
  assert.deepEqual(sentValues(CONTEXT_KEYS.hasForwards), [false, true, false]);
  assert.deepEqual(sentValues(CONTEXT_KEYS.isLoaded), [false, true]);
});

test('the demo cluster can be started again after it has ended by itself, in another window, or with its host', async () => {
  const demo = { kubeconfig: '/tmp/demo', context: 'demo' };
  const running = { contexts: [contextRow('dev'), contextRow('demo', demo)], problems: [] };
  host.contexts = running;
  await window.contexts.load();
  keys.setDemo(demo);
  host.setContexts({ contexts: [contextRow('dev')], problems: [] });
  assert.deepEqual(sentValues(CONTEXT_KEYS.hasDemoCluster), [false, true, false]);
  host.setContexts(running);
  keys.setDemo(demo);
  host.die();
  assert.deepEqual(sentValues(CONTEXT_KEYS.hasDemoCluster), [false, true, false, true, false]);
  keys.setDemo(demo);
  keys.setDemo(undefined);
  assert.equal(sentValues(CONTEXT_KEYS.hasDemoCluster).at(-1), false);
});
