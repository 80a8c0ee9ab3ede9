import assert from 'node:assert/strict';
import { test } from 'node:test';
import { systemClock } from '../../../src/base/async.ts';
import { Emitter } from '../../../src/base/event.ts';
import { cleanEnvironment, environmentKey } from '../../../src/host/clientEnvironment.ts';
import { ClientEnvironments } from '../../../src/host/clientEnvironments.ts';
import { ClientHandler } from '../../../src/host/clientHandler.ts';
import type { PluginOutput } from '../../../src/host/clientHandlerServices.ts';
import { DemoProcess } from '../../../src/host/demoProcess.ts';
import { ForwardManager } from '../../../src/host/forwardManager.ts';
import { GatewayManager } from '../../../src/host/gatewayManager.ts';
import { Inspection } from '../../../src/inspect/inspection.ts';
import { type LogEntry, PROTOCOL_VERSION } from '../../../src/rpc/contract.ts';
import { coded } from '../../support/coded.ts';
import { fieldOf } from '../../support/fields.ts';

/** Returns a client's session with a host that can start neither forwards nor gateways. */
function sessionOf(log: LogEntry[] = [], runtimes: string[] = []) {
  const output = new Emitter<PluginOutput>();
  const environments = new ClientEnvironments({
    clock: systemClock,
    onPluginOutput: (key, user, line) => output.fire({ key, user, line }),
  });
  const inspection = new Inspection(systemClock);
  const shared = { clock: systemClock, inspection };
  const forwards = new ForwardManager({ ...shared, startSession: () => assert.fail() });
  const session = new ClientHandler(
    {
      environments,
      forwards,
      gateways: new GatewayManager({ ...shared, startGateway: () => assert.fail() }),
      inspection,
      demo: new DemoProcess('none'),
      keeper: { isElsewhere: false, use: (runtime) => runtimes.push(runtime) },
      endsWithUpdate: false,
      takeLeft: () => ({ forwards: [], gateways: [] }),
      onPluginOutput: output.event,
      handOver: () => Promise.resolve({ forwards: [], others: 0 }),
      end: () => {},
      clock: systemClock,
    },
    {
      contextsChanged: () => {},
      viewChanged: () => {},
      forwardsChanged: () => {},
      gatewaysChanged: () => {},
      logged: (entry) => log.push(entry),
      exchangesChanged: () => {},
      exchangesCleared: () => {},
      trafficSampled: () => {},
    },
  );
  return { session, environments, output };
}

const CLIENT = { client: { name: 'test', version: '1' }, kubeconfigFiles: [] };

test('a client without initialize, with two, or with another protocol gets a coded error', async () => {
  const { session, environments } = sessionOf();
  const isUsage = coded('USAGE');
  assert.throws(() => session.handlers.listContexts(), isUsage);
  await assert.rejects(async () => session.handlers.useDemoCluster(), isUsage);
  const environment = { HOME: '/nowhere' };
  const initialize = (protocol = PROTOCOL_VERSION) =>
    session.handlers.initialize({ ...CLIENT, protocol, environment });
  assert.throws(() => initialize(0), coded('HOST_TOO_NEW'));
  await initialize();
  assert.throws(() => initialize(), isUsage);
  assert.equal(environments.size, 1);
  session.dispose();
  assert.equal(environments.size, 0, 'its environment is forgotten with it');
});

test('the output of a plugin goes to clients of its environment only', async () => {
  const log: LogEntry[] = [];
  const { session, output } = sessionOf(log);
  const environment = { HOME: '/nowhere', AWS_PROFILE: 'prod' };
  await session.handlers.initialize({ ...CLIENT, protocol: PROTOCOL_VERSION, environment });
  output.fire({ key: environmentKey({ HOME: '/nowhere' }), user: 'a', line: 'not ours' });
  output.fire({ key: environmentKey(environment), user: 'a', line: 'ours' });
  const lines = log.filter(({ event }) => event === 'credentialsOutput');
  assert.deepEqual(fieldOf(lines, 'arguments'), [{ user: 'a', line: 'ours' }]);
  session.dispose();
});

test("the editor's own variables do not reach plugins", () => {
  const cleaned = cleanEnvironment({
    ELECTRON_RUN_AS_NODE: '1',
    VSCODE_IPC_HOOK: 'x',
    NODE_OPTIONS: '--inspect',
    PATH: '/bin',
  });
  assert.deepEqual(cleaned, { PATH: '/bin' });
});

test('a terminal offers a program for the keeper, and a window does not', async () => {
  const runtimes: string[] = [];
  for (const offer of [{ runtime: 'C:\\nodejs\\node.exe' }, {}]) {
    const { session } = sessionOf([], runtimes);
    await session.handlers.initialize({ ...CLIENT, protocol: PROTOCOL_VERSION, environment: {}, ...offer });
    session.dispose();
  }
  assert.deepEqual(runtimes, ['C:\\nodejs\\node.exe']);
});
