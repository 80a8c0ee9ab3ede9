import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import { CodedError } from '../../../../src/base/errors.ts';
import { defaultKubeconfigs } from '../../../../src/base/kubectlHome.ts';
import { COMMANDS, VIEWS } from '../../../../src/contributions.ts';
import { setRequestLog } from '../../../../src/rpc/exchanges.ts';
import { changeLocalPort, setLabel, startForward } from '../../../../src/rpc/forwardsContract.ts';
import {
  gatewayVariables,
  restoreGateway,
  setGatewayRequestLog,
} from '../../../../src/rpc/gatewayContract.ts';
import type { HolderSnapshot } from '../../../../src/rpc/holdersContract.ts';
import {
  type ClusterNode,
  type NamespaceNode,
  namespaceKey,
  targetKey,
} from '../../../../src/ui/clusters/clusterNodes.ts';
import type { Command } from '../../../../src/ui/commands/command.ts';
import type { CommandServices } from '../../../../src/ui/commands/commandServices.ts';
import { serviceRowId } from '../../../../src/ui/gateways/gatewayRows.ts';
import { eventually } from '../../../support/eventually.ts';
import { commands, fake } from '../../../support/fakeVscode.ts';
import { connector, forwards, gateways, host, window } from '../../../support/fakeWindow.ts';
import { fieldOf } from '../../../support/fields.ts';
import { contextRow, forbidden, forward, gateway, specification, target } from '../../../support/uiRows.ts';

const { COMMAND_LIST } = await import('../../../../src/ui/commands/commands.ts');
const { registerCommands } = await import('../../../../src/ui/commands/registerCommands.ts');
const { ForwardMessages } = await import('../../../../src/ui/forwards/forwardMessages.ts');
const { ForwardStarter } = await import('../../../../src/ui/forwards/forwardStarter.ts');
const { EntryStarter } = await import('../../../../src/ui/saved/entryStarter.ts');
const { startSavedForwards } = await import('../../../../src/ui/saved/savedStarter.ts');

let registered: { dispose(): void };
let nodes: Map<string, ClusterNode>;
/** The ids of the rows that the tree does not show, because a row above them is collapsed. */
let hidden: Set<string>;
/** The rows of the clusters tree on which a key is pressed. */
let keyRows: readonly ClusterNode[];

/** Runs the command with this id. */
const run = async (id: string, ...commandArguments: unknown[]): Promise<void> => {
  await fake.registered.get(id)?.(...commandArguments);
};

beforeEach(() => {
  const messages = new ForwardMessages(forwards);
  nodes = new Map();
  hidden = new Set();
  keyRows = [];
  const clusters = { find: (nodeId: string) => nodes.get(nodeId) };
  const clustersTree = {
    forwardsOf: () => [],
    gatewayOf: (nodeId: string) =>
      nodes.get(nodeId)?.type === 'namespace' ? host.gateways[0]?.id : undefined,
    isShown: (node: { readonly id: string }) => !hidden.has(node.id),
    takeKeyRows: () => keyRows,
  };
  const forwardsTree = { isShown: () => true, takeKeyRows: () => [] };
  const starter = new ForwardStarter(forwards, messages, window.ports);
  const memory = { get: () => undefined };
  const services: CommandServices = Object.assign(Object.create(window), {
    ...{ host: connector, memory, messages, starter, clusters, clustersTree, forwardsTree },
    entries: new EntryStarter(window.contexts, forwards, gateways, window.ports),
  });
  registered = registerCommands(services);
});

afterEach(() => registered.dispose());

test('every command of the manifest is registered, and disposing removes them all', () => {
  assert.deepEqual(new Set(fake.registered.keys()), new Set(Object.values(COMMANDS)));
  registered.dispose();
  assert.equal(fake.registered.size, 0);
});

test('Copy Local Address copies the address of the forward, and Open in Browser opens it', async () => {
  const { id, localPort } = await forwards.start(specification('web'));
  await run(COMMANDS.copyLocalAddress, id);
  await run(COMMANDS.openInBrowser, id);
  assert.equal(fake.clipboard, `localhost:${localPort}`);
  assert.deepEqual(fake.opened, [`http://localhost:${localPort}/`]);
});

test('Stop Forwarding Port stops without asking, and its Undo restores the forward', async () => {
  const started = await forwards.start(specification('web'));
  host.stopped = [started];
  fake.nextButton = 'Undo';
  await run(COMMANDS.stopForward, started.id);
  assert.deepEqual(fake.messages[0]?.buttons, ['Undo']);
  await eventually(() => host.forwards.some(({ id }) => id === started.id), 'the forward');
});

test('Undo shows the forward that runs again already, and starts no other one beside it', async () => {
  const started = await forwards.start(specification('web'));
  const again = { ...started, id: 'again' };
  host.setForwards([started, again]);
  host.stopped = [started];
  fake.nextButton = 'Undo';
  await run(COMMANDS.stopForward, started.id);
  await eventually(() => fake.messages.length === 2, 'the answer');
  assert.match(fake.texts[1] ?? '', /^Forwarding localhost:\d+ → pod\/web:/);
  assert.deepEqual(host.forwardIds, ['again']);
});

test('Show Forwarded Ports acts on the forward to which the user moved, although the forwards change', async () => {
  await connector.connect();
  const namesake = { label: 'web' };
  const [first, second] = [forward('first', {}, namesake), forward('second', {}, namesake)];
  host.setForwards([first, second]);
  fake.picksStayOpen = true;
  const shown = run(COMMANDS.showForwards);
  await eventually(() => fake.openPick !== undefined, 'the quick pick');
  const { openPick } = fake;
  assert.ok(openPick);
  openPick.activeItems = openPick.visible.slice(1, 2);
  host.setForwards([{ ...first, localPort: 9090 }, second]);
  openPick.accept();
  await shown;
  assert.deepEqual(fake.executed.at(-1)?.commandArguments, ['second']);
});

test('Stop All Forwards shows how many forwards others had started, and Undo restores all', async () => {
  await forwards.start(specification('own'));
  const person: HolderSnapshot = { id: 'other-window', kind: 'window', window: 'shop' };
  const terminal: HolderSnapshot = { id: 'terminal', kind: 'terminal' };
  const gone: HolderSnapshot = { id: 'gone', kind: 'window', window: 'closed', hasLeft: true };
  const others = [[person], [person, terminal], [gone]].map((holders, index) =>
    forward(`other-${index}`, { holders }),
  );
  host.setForwards([...host.forwards, ...others]);
  host.stopped = host.forwards;
  fake.nextButton = 'Undo';
  await run(COMMANDS.stopAllForwards);
  const text = 'Stopped 4 forwards, 3 of them started elsewhere. Also used by: window shop, a terminal.';
  assert.deepEqual(fake.messages, [{ severity: 'information', text, buttons: ['Undo'] }]);
  await eventually(() => host.forwards.length === 4, 'all forwards');
});

test('Stop All Forwards tells that there are none, and starts no host', async () => {
  await run(COMMANDS.stopAllForwards);
  assert.deepEqual(fake.texts, ['No forwarded ports.']);
  assert.equal(host.starts, 0);
});

test('Set Port Label tells the port in question, sends the trimmed label, and a dismissed box changes nothing', async () => {
  const { id } = await forwards.start(specification('web'));
  await run(COMMANDS.setLabel, id);
  assert.deepEqual(host.sent(setLabel), []);
  assert.equal(fake.boxes.at(-1)?.title, 'Set Port Label: pod/web:80');
  fake.nextInput = ' shop ';
  await run(COMMANDS.setLabel, id).catch(() => {});
  assert.deepEqual(host.sent(setLabel), [{ id, label: 'shop' }]);
});

test('commands that start saved forwards say why there is nothing to start', async () => {
  await run(COMMANDS.startAllSaved);
  const { localPort = 0 } = await forwards.start(specification('web'));
  const entry = { name: 'shop', target: 'pod/web', remotePort: 80, localPort };
  window.saved.forwards = [{ entry, scope: { type: 'user' } }];
  await run(COMMANDS.startSavedGroup);
  await run(COMMANDS.startAllSaved);
  await run(COMMANDS.startSaved);
  assert.deepEqual(fake.texts, [
    'No saved forwards available.',
    'No saved forward has a group.',
    'The saved forwards are already running.',
    'The saved forwards are already running.',
  ]);
});

test('commands that start saved forwards also start failed forwards again', async () => {
  host.contexts = { contexts: [contextRow('dev', { kubeconfig: '', isCurrent: true })], problems: [] };
  const entry = { name: 'shop', target: 'pod/web', remotePort: 80, localPort: 8080, group: 'g' };
  window.saved.forwards = [{ entry, scope: { type: 'user' } }];
  const state = { type: 'failed', error: { code: 'PORT_IN_USE', arguments: { port: 8080 } } } as const;
  fake.nextPick = 'shop';
  for (const [command, ...row] of [
    [COMMANDS.startAllSaved],
    [COMMANDS.startSavedGroup, { group: 'g' }],
    [COMMANDS.startSaved],
  ] as const) {
    await connector.connect();
    host.setForwards([forward('web', { state })]);
    const { length } = host.sent(startForward);
    await run(command, ...row);
    assert.equal(host.sent(startForward).length, length + 1, command);
  }
});

test('commands for saved forwards apply to all selected rows, and to each saved forward once', async () => {
  const scope = { type: 'user' } as const;
  const names = ['a', 'b', 'c'];
  const entries = names.map((name) => ({ name, target: `pod/${name}`, remotePort: 80, context: 'dev' }));
  window.saved.forwards = entries.map((entry) => ({ entry, scope }));
  const written: (readonly object[])[] = [];
  Object.assign(window.saved, {
    read: () => written.at(-1) ?? entries,
    write: async (_scope: object, list: readonly object[]) => written.push(list),
  });
  const rows = ['saved user a', 'saved user b', 'saved user b', 'other'].map(rowOf);
  const listOf = async (id: string, field: string) => {
    written.length = 0;
    await run(id, rows[1], rows);
    return written.at(-1)?.map((entry) => Reflect.get(entry, field));
  };
  fake.nextInput = 'g';
  assert.deepEqual(await listOf(COMMANDS.setGroup, 'group'), ['g', 'g', undefined]);
  assert.equal(fake.boxes.at(-1)?.title, 'Set Group: a, b');
  assert.deepEqual(await listOf(COMMANDS.startAutomatically, 'autoStart'), [true, true, undefined]);
  window.saved.forwards = entries.map((entry) => ({ entry: { ...entry, autoStart: true }, scope }));
  assert.deepEqual(await listOf(COMMANDS.startByHand, 'autoStart'), [undefined, undefined, undefined]);
  assert.equal(written.length, 2);
  assert.deepEqual(await listOf(COMMANDS.deleteSaved, 'name'), ['c']);
  assert.deepEqual(fake.texts, ['Deleted 2 saved forwards.']);
});

test('without a current context, only entries that name a context start automatically, and one message gives the reason', async () => {
  const scope = { type: 'user' } as const;
  const entries = ['a', 'b', 'c'].map((name) => ({
    ...{ name, target: `pod/${name}`, remotePort: 80 },
    ...(name === 'c' && { context: 'dev' }),
  }));
  window.saved.forwards = entries.map((entry) => ({ entry, scope }));
  const written: { readonly autoStart?: boolean }[] = [];
  Object.assign(window.saved, {
    read: () => entries,
    write: async (_scope: object, list: typeof written) => written.push(...list),
  });
  host.contexts = { contexts: [contextRow('dev', { isCurrent: false })], problems: [] };
  const rows = entries.map(({ name }) => rowOf(`saved user ${name}`));
  await run(COMMANDS.startAutomatically, rows[0], rows);
  assert.deepEqual(fieldOf(written, 'autoStart'), [undefined, undefined, true]);
  assert.equal(fake.texts.length, 1);
});

test('Report Issue tells the versions where VS Code has no reporter for the extension', async (t) => {
  t.mock.method(commands, 'executeCommand', () => Promise.reject(new Error('no address for issues')));
  await run(COMMANDS.reportIssue);
  assert.match(fake.texts[0] ?? '', /^This VS Code can't open .* report: Extension .*, Node\.js v/);
});

test('an error of a command is shown with a way to the output', async () => {
  await run(COMMANDS.refreshClusters);
  const [message] = fake.messages;
  assert.equal(message?.severity, 'error');
  assert.match(message?.text ?? '', /internal error|Internal error/i);
  assert.deepEqual(message?.buttons, ['Show Output']);
});

const { context } = target('web');
const rowOf = (id: string) => ({ type: 'row', id });

/** Returns two rows of the clusters tree: a namespace with this name, and its service `web`. */
function clusterRows(name: string): { readonly namespace: NamespaceNode; readonly service: ClusterNode } {
  const row = contextRow(context.context);
  const parent = { type: 'context', id: 'dev', row, isAmbiguous: false } as const;
  const phase = 'Active';
  const namespace: NamespaceNode = {
    ...{ type: 'namespace', id: namespaceKey(context, name), parent, isTyped: false },
    row: { type: 'namespace', name, phase },
  };
  const service: ClusterNode = {
    type: 'target',
    id: targetKey(target('web', { namespace: name, kind: 'service' })),
    parent: { type: 'group', id: 'services', parent: namespace, kind: 'services' },
    row: {
      ...{ type: 'service', name: 'web', serviceType: 'ClusterIP', hasSelector: true },
      ports: [{ name: 'http', number: 80, protocol: 'TCP' }],
    },
  };
  for (const node of [namespace, service]) nodes.set(node.id, node);
  return { namespace, service };
}

test('Copy Name copies the name of a context, a namespace or a target', async () => {
  const { namespace, service } = clusterRows('demo');
  for (const [node, name] of [
    [namespace.parent, 'dev'],
    [namespace, 'demo'],
    [service, 'web'],
  ] as const) {
    await run(COMMANDS.copyName, node);
    assert.equal(fake.clipboard, name);
  }
});

test('Forward Other Port checks what is typed, and forwards to the typed local port', async () => {
  const { service } = clusterRows('demo');
  for (const text of ['70000', '8181:http']) {
    fake.nextInput = text;
    await run(COMMANDS.forwardOtherPort, service);
  }
  await eventually(() => host.forwards.length === 1, 'the forward');
  const [box] = fake.boxes;
  assert.deepEqual(fake.boxes[1], { title: 'Forward Port: service/web', message: undefined });
  assert.match(String(box?.message), /^"70000" is not a port/);
  const { remotePort, localPort } = host.forwards[0]?.specification ?? {};
  assert.deepEqual([remotePort, localPort], ['http', { mode: 'exact', port: 8181 }]);
});

test('the last local port of a target is preferred, in the next window too', async () => {
  window.lastPort = 9000;
  await run(COMMANDS.forwardTarget, clusterRows('demo').service);
  await eventually(() => host.forwards.length === 1, 'the forward');
  assert.deepEqual(host.forwards[0]?.specification.localPort, { mode: 'preferred', port: 9000 });
});

for (const [command, title] of [
  [COMMANDS.stopForward, 'Stop Forwarding Port'],
  [COMMANDS.restartForward, 'Restart Forward'],
  [COMMANDS.setLabel, 'Set Port Label'],
  [COMMANDS.copyLocalAddress, 'Copy Local Address'],
  [COMMANDS.changeLocalPort, 'Change Local Address Port'],
] as const) {
  test(`${title} without a row asks for a forward, and does nothing if the user cancels`, async () => {
    await connector.connect();
    host.setForwards([forward('web'), forward('db')]);
    const { length } = host.requests;
    await run(command);
    assert.deepEqual(fake.picks, [{ title, labels: ['pod/web:80', 'pod/db:80'] }]);
    assert.deepEqual([host.requests.length, fake.messages, fake.clipboard], [length, [], '']);
  });
}

test('Change Local Address Port shows no error if the user stops the forward meanwhile', async () => {
  await connector.connect();
  host.setForwards([forward('web')]);
  host.answers.set(changeLocalPort.method, () => {
    throw new CodedError('STOPPED');
  });
  await run(COMMANDS.changeLocalPort, 'web', 8081);
  assert.equal(host.sent(changeLocalPort).length, 1);
  assert.deepEqual(fake.messages, []);
});

const openDemo = () => gateways.start({ context, namespaces: ['demo'] });

test('Forward All Services by Name opens each selected namespace and shows its address', async () => {
  const [demo, shop] = [clusterRows('demo').namespace, clusterRows('shop').namespace];
  await run(COMMANDS.forwardByName, demo, [demo, shop]);
  assert.deepEqual(host.gateways[0]?.specification.namespaces, ['demo', 'shop']);
  const text = 'Forwarding localhost:8900 → all services of demo by name';
  const buttons = ['Open in Browser', 'Copy Proxy Settings'];
  assert.deepEqual(fake.messages[0], { severity: 'information', text, buttons });
});

test('a namespace whose services may not be listed is reported as retried, with the missing role', async () => {
  const { namespace } = clusterRows('demo');
  const error = forbidden('list', 'services');
  host.startGateway = () => gateway(['demo'], { state: { type: 'starting', error } });
  await run(COMMANDS.forwardByName, namespace);
  const [message] = fake.messages;
  const text = /^Still trying to forward the services of demo by name: User "me" cannot list/;
  assert.match(message?.text ?? '', text);
  assert.deepEqual([message?.severity, message?.buttons], ['warning', ['Copy Role', 'Show Output']]);
});

test('a service is opened and its URL copied by name, from either tree', async () => {
  const opened = await openDemo();
  const { service } = clusterRows('demo');
  const id = serviceRowId(opened, { namespace: 'demo', name: 'web' });
  for (const row of [service, { type: 'row', id }]) {
    Object.assign(fake, { opened: [], clipboard: '' });
    await run(COMMANDS.openByName, row);
    await run(COMMANDS.copyUrl, row);
    assert.deepEqual(fake.opened, ['http://web.demo.localhost:8900/']);
    assert.equal(fake.clipboard, 'http://web.demo.localhost:8900/');
  }
});

test('a remote window opens a service by its name at the port that VS Code forwards to the gateway', async () => {
  const { service } = clusterRows('demo');
  await openDemo();
  fake.external = { 'http://localhost:8900/': 'http://localhost:8955/' };
  await run(COMMANDS.openByName, service);
  await run(COMMANDS.copyUrl, service);
  assert.deepEqual(fake.opened, ['http://web.demo.localhost:8955/']);
  assert.equal(fake.clipboard, 'http://web.demo.localhost:8955/');
});

test('a service is opened by a forward of its own if VS Code reaches the gateway by another domain', async () => {
  const { service } = clusterRows('demo');
  await openDemo();
  for (const external of ['https://x-8900.test/', 'http://localhost/proxy/8900/']) {
    fake.external = { 'http://localhost:8900/': external };
    fake.opened = [];
    await run(COMMANDS.openByName, service);
    const [forward] = host.forwards;
    assert.deepEqual(forward?.specification.target, target('web', { kind: 'service' }));
    assert.equal(forward?.specification.remotePort, 80);
    assert.deepEqual(fake.opened, [`http://localhost:${forward?.localPort}/`]);
  }
});

test("Copy Proxy Settings copies the variables of the namespace as lines for the terminal's shell", async () => {
  const { service } = clusterRows('demo');
  const { id } = await openDemo();
  const variables = { HTTP_PROXY: "http://it's" };
  host.answers.set(gatewayVariables.method, () => ({ variables, secret: '' }));
  await run(COMMANDS.copyProxySettings, service);
  assert.equal(fake.clipboard, "export HTTP_PROXY='http://it'\\''s'\n");
  await run(COMMANDS.copyProxySettings, id);
  const asked = { id, namespaces: ['demo'] };
  assert.deepEqual(host.sent(gatewayVariables), [asked, asked]);
});

test('the row of a gateway is opened, copied, and stopped together with forwards, and Undo restores both', async () => {
  const { id } = await openDemo();
  const forward = await forwards.start(specification('api'));
  host.stopped = [forward];
  const row = rowOf(id);
  await run(COMMANDS.openInBrowser, row);
  await run(COMMANDS.copyLocalAddress, row);
  assert.deepEqual([fake.opened, fake.clipboard], [['http://localhost:8900/'], 'localhost:8900']);
  fake.nextButton = 'Undo';
  await run(COMMANDS.stopForward, row, [row, rowOf(forward.id)]);
  assert.equal(fake.texts.at(-1), 'Stopped 2 forwards.');
  await eventually(() => host.forwards.length === 1 && host.gateways.length === 1, 'both');
});

test('of several selected forwards, one has ended that the window still lists: the message and Undo appear', async () => {
  const ids: string[] = [];
  for (const name of ['a', 'b']) ids.push((await forwards.start(specification(name))).id);
  host.forwards = host.forwards.filter(({ id }) => id !== ids[0]);
  const rows = ids.map(rowOf);
  await run(COMMANDS.stopForward, rows[0], rows);
  assert.deepEqual([host.forwards, fake.texts.at(-1)], [[], 'Stopped 2 forwards.']);
});

test('a namespace of the tree stops its gateway, and Stop All Forwards stops gateways as well', async () => {
  const { namespace } = clusterRows('demo');
  await openDemo();
  await run(COMMANDS.stopForward, namespace);
  assert.deepEqual([host.gateways, fake.texts.at(-1)], [[], 'Stopped demo (by name).']);
  await openDemo();
  await run(COMMANDS.stopAllForwards);
  assert.deepEqual([host.gateways, fake.texts.at(-1)], [[], 'Stopped demo (by name).']);
});

test('a namespace of the tree closes alone while others of its context are open, and Undo reopens it', async () => {
  const { namespace } = clusterRows('demo');
  await gateways.start({ context, namespaces: ['demo', 'shop'] });
  await run(COMMANDS.stopForward, namespace);
  assert.deepEqual(host.gateways[0]?.specification.namespaces, ['shop']);
  assert.equal(fake.texts.at(-1), 'Stopped demo (by name).');
  await gateways.start({ context, namespaces: ['demo'] });
  fake.nextButton = 'Undo';
  await run(COMMANDS.stopForward, namespace);
  await eventually(() => host.gateways[0]?.specification.namespaces.length === 2, 'the namespace');
});

test('a namespace that others use too closes for all of them, and Undo opens it again for all of them', async () => {
  const { namespace } = clusterRows('demo');
  const opened = await gateways.start({ context, namespaces: ['demo', 'shop'] });
  const terminal = { id: 'terminal', kind: 'terminal', namespaces: ['demo'] } as const;
  const elsewhere = { id: 'elsewhere', kind: 'tool', namespaces: ['shop'] } as const;
  host.setGateways([{ ...opened, holders: [...opened.holders, terminal, elsewhere] }]);
  fake.nextButton = 'Undo';
  await run(COMMANDS.stopForward, namespace);
  assert.equal(fake.texts[0], 'Stopped demo (by name). Also used by: a terminal.');
  await eventually(() => host.gateways[0]?.holders.length === 3, 'the holders');
  const { id } = opened;
  const [restored] = host.sent(restoreGateway);
  assert.deepEqual(restored, { id, holder: gateways.holders.person, namespaces: ['demo'] });
  assert.equal(fake.texts[1], 'Forwarding localhost:8900 → all services of demo by name');
});

test('of three namespaces of a context, two selected ones close and the third stays open', async () => {
  const [demo, shop] = [clusterRows('demo').namespace, clusterRows('shop').namespace];
  await gateways.start({ context, namespaces: ['demo', 'shop', 'team'] });
  await run(COMMANDS.stopForward, demo, [demo, shop]);
  assert.deepEqual(host.gateways[0]?.specification.namespaces, ['team']);
  const text = 'Stopped demo, shop (by name).';
  assert.deepEqual(fake.messages, [{ severity: 'information', text, buttons: ['Undo'] }]);
});

test('Restart Forward restarts all selected rows, and the button of an old notification says what is gone', async () => {
  const { id } = await openDemo();
  const [a, b] = [await forwards.start(specification('a')), await forwards.start(specification('b'))];
  fake.messages.length = 0;
  const rows = [a.id, b.id, id].map(rowOf);
  await run(COMMANDS.restartForward, rows[0], rows);
  assert.equal(fake.texts.filter((text) => text.startsWith('Forwarding ')).length, 3);
  await run(COMMANDS.restartForward, 'gone');
  assert.equal(fake.texts.at(-1), 'This port is no longer forwarded.');
});

test('a gateway that failed is opened again on the same request', async () => {
  const error = { code: 'PORT_IN_USE', arguments: { port: 8900 } } as const;
  host.startGateway = () => gateway(['demo'], { state: { type: 'failed', error } });
  const { id } = await openDemo();
  host.startGateway = ({ namespaces }) => gateway(namespaces);
  await run(COMMANDS.restartForward, id);
  assert.equal(host.gateways[0]?.state.type, 'ready');
});

test('Open in Browser uses the name of the target if the setting says so, with the context beside another one', async () => {
  fake.settings = { openInBrowserHost: 'name' };
  const web = await forwards.start(specification('web', { localPort: { mode: 'exact', port: 8081 } }));
  await run(COMMANDS.openInBrowser, web.id);
  const other = target('web', { context: { ...context, context: 'arn:aws/Prod' } });
  const prod = await forwards.start(
    specification('web', { target: other, localPort: { mode: 'exact', port: 8082 } }),
  );
  await run(COMMANDS.openInBrowser, prod.id);
  fake.external = { 'http://localhost:8082/': 'https://x-8082.test/' };
  await run(COMMANDS.openInBrowser, prod.id);
  const bySelector = specification('web', {
    ...{ target: target('app=web', { kind: 'selector' }), localPort: { mode: 'exact', port: 8083 } },
  });
  await run(COMMANDS.openInBrowser, (await forwards.start(bySelector)).id);
  assert.deepEqual(fake.opened, [
    'http://web.demo.localhost:8081/',
    'http://web.demo.arn-aws-prod.localhost:8082/',
    'http://localhost:8082/',
    'http://localhost:8083/',
  ]);
});

test('Log Requests switches the log of a forward, of all services by name, or of one', async () => {
  await connector.connect();
  const named = gateway(['demo']);
  const [service] = named.services;
  assert.ok(service);
  host.setForwards([forward('web')]);
  host.setGateways([named]);
  for (const method of [setRequestLog.method, setGatewayRequestLog.method])
    host.answers.set(method, () => null);
  await run(COMMANDS.logRequests, 'web');
  await run(COMMANDS.recordRequests, { type: 'gateway', id: named.id });
  await run(COMMANDS.recordRequests, { type: 'namedService', id: serviceRowId(named, service) });
  await run(COMMANDS.stopRequestLog, { type: 'namedService', id: serviceRowId(named, service) });
  assert.deepEqual(host.sent(setRequestLog), [{ forward: 'web', mode: 'metadata' }]);
  assert.deepEqual(host.sent(setGatewayRequestLog), [
    { id: named.id, mode: 'record' },
    { id: named.id, mode: 'record', service: 'web.demo' },
    { id: named.id, mode: 'off', service: 'web.demo' },
  ]);
});

test('saved namespaces start with saved forwards in one message, and a failed one shows the reason', async () => {
  host.contexts = { contexts: [contextRow('dev', { isCurrent: true })], problems: [] };
  const messages = new ForwardMessages(forwards);
  const services = {
    entries: new EntryStarter(window.contexts, forwards, gateways, window.ports),
    starter: new ForwardStarter(forwards, messages, window.ports),
    messages,
  };
  const scope = { type: 'workspace' } as const;
  const demo = { name: 'Demo', context: 'dev', namespace: 'demo', proxy: true } as const;
  const web = { name: 'Web', context: 'dev', target: 'service/web', remotePort: 80 };
  await startSavedForwards(
    services,
    [demo, web].map((entry) => ({ scope, entry })),
  );
  assert.deepEqual(host.gateways[0]?.specification.namespaces, ['demo']);
  assert.equal(host.forwards.length, 1);
  assert.deepEqual(fake.texts, ['2 ports forwarded']);
  await startSavedForwards(services, [{ scope, entry: { ...demo, namespace: 'shop' } }]);
  assert.equal(fake.texts.at(-1), 'Forwarding localhost:8900 → all services of demo, shop by name');
  await startSavedForwards(services, [{ scope, entry: { ...demo, context: 'gone' } }]);
  assert.match(fake.texts.at(-1) ?? '', /^Context "gone" not found/);
  messages.dispose();
});

test('a gateway whose login has expired asks to sign in, once, unless a forward asks', async () => {
  const error = { code: 'UNAUTHORIZED', arguments: { server: 'https://x', user: 'me' } } as const;
  const messages = new ForwardMessages(forwards);
  messages.followGateways(gateways);
  const opened = await openDemo();
  const [mine] = host.gateways;
  assert.ok(mine);
  const expired = { ...mine, state: { type: 'reconnecting', error } } as const;
  host.setGateways([expired]);
  host.setGateways([expired]);
  assert.deepEqual(
    fake.messages.map(({ text, buttons }) => [text.split(':')[0], buttons]),
    [['Sign in to keep forwarding demo (by name)', ['Sign In', 'Show Output']]],
  );
  host.startGateway = ({ namespaces }) => gateway(namespaces);
  await run(COMMANDS.restartForward, opened.id);
  assert.equal(gateways.all.length, 1);
  messages.dispose();
});

test('a command of a menu leaves out selected rows that have vanished or are hidden beneath a collapsed row', async () => {
  const shown = await forwards.start(specification('web'));
  const other = await forwards.start(specification('db'));
  hidden.add(other.id);
  const row = rowOf(shown.id);
  await run(COMMANDS.stopForward, row, [row, rowOf(other.id), undefined]);
  assert.deepEqual(host.forwardIds, [other.id]);
});

/** Returns the menus in which a command appears, each with its view: `view/title view == kubePortForward.forwards`. */
const menusOf = ({ menus = [] }: Command) =>
  menus.map(({ menu, when = '' }) => `${menu} ${/view == \S+/.exec(when)?.[0] ?? ''}`);
const isTreeTitle = (menu: string) =>
  [VIEWS.clusters, VIEWS.forwards].some((view) => menu === `view/title view == ${view}`);

test('a command whose row has vanished does nothing, also if it would ask without a row', async () => {
  await connector.connect();
  host.contexts = { contexts: [contextRow('dev', { isCurrent: true })], problems: [] };
  host.setForwards([forward('web'), forward('db')]);
  host.setGateways([gateway(['demo'])]);
  window.saved.forwards = ['a', 'b'].map((name) => ({
    entry: { name, target: `pod/${name}`, remotePort: 80, group: 'g' },
    scope: { type: 'user' },
  }));
  const rowCommands = COMMAND_LIST.filter(
    (command) =>
      command.ignoresRow !== true && menusOf(command).some((menu) => menu.startsWith('view/item/context')),
  );
  assert.ok(rowCommands.length > 30, String(rowCommands.length));
  const { length } = host.requests;
  for (const { id } of rowCommands) {
    for (const missing of [undefined, null]) await run(id, missing, undefined);
    const { picks, boxes, messages, clipboard, opened } = fake;
    const done = { picks, boxes, messages, clipboard, opened, requests: host.requests.slice(length) };
    assert.deepEqual(
      done,
      { picks: [], boxes: [], messages: [], clipboard: '', opened: [], requests: [] },
      id,
    );
  }
});

test('a command in the title of a view needs no row', async () => {
  await connector.connect();
  host.setForwards([forward('web'), forward('db')]);
  // VS Code passes an object like this to a command in the title menu of a view.
  for (const id of [COMMANDS.logRequests, COMMANDS.recordRequests]) await run(id, { preserveFocus: false });
  await run(COMMANDS.logRequests, null);
  assert.deepEqual(fieldOf(fake.picks, 'title'), ['Log Requests', 'Record Requests', 'Log Requests']);
  await run(COMMANDS.stopAllForwards, null, undefined);
  assert.deepEqual(host.forwards, []);
  for (const command of COMMAND_LIST) {
    const inTitle = menusOf(command).some(isTreeTitle);
    assert.equal(command.ignoresRow === true, inTitle, command.id);
  }
});

test('Delete on rows of the clusters tree stops what is forwarded there, and nothing on other rows', async () => {
  const { namespace, service } = clusterRows('demo');
  await openDemo();
  keyRows = [service];
  await run(COMMANDS.stopForward, { isKey: true });
  assert.equal(host.gateways.length, 1);
  keyRows = [namespace, service];
  await run(COMMANDS.stopForward, { isKey: true });
  assert.deepEqual([host.gateways, fake.texts.at(-1)], [[], 'Stopped demo (by name).']);
});

test("a row of the Kubernetes extension's tree is forwarded in a context of the kubeconfig that the tree shows", async () => {
  const prod = '/home/user/prod.yaml';
  host.ports = [{ name: 'http', number: 80, protocol: 'TCP' }];
  const rows = [
    contextRow('staging', { kubeconfig: '', isCurrent: true, files: ['/home/user/.kube/config'] }),
    contextRow('blue', { kubeconfig: prod, files: [prod] }),
    contextRow('green', { kubeconfig: prod, files: [prod] }),
  ];
  const resource = { nodeType: 'resource', name: 'web', namespace: 'demo' };
  const clusterexplorer = {
    resolveCommandTarget: () => ({ ...resource, resourceKind: { manifestKind: 'Service' } }),
  };
  /**
   * Runs the command, with the kubeconfig path of the Kubernetes extension. Returns the contexts of the started
   * forwards, and the labels that its quick picks showed.
   */
  const forwardFrom = async (kubeconfig: object | undefined, contexts = rows) => {
    host.setForwards([]);
    host.contexts = { contexts, problems: [] };
    const components: Record<string, object | undefined> = {
      clusterexplorer,
      configuration: kubeconfig && { getKubeconfigPath: () => kubeconfig },
    };
    const get = (component: string) => ({ available: true, api: components[component] });
    fake.extensions = { 'ms-kubernetes-tools.vscode-kubernetes-tools': { get } };
    fake.picks = [];
    await run(COMMANDS.forwardKubernetesResource, {});
    const started = host.forwards.map((one) => one.specification.target.context.context);
    return [started, fieldOf(fake.picks, 'labels')];
  };
  const [standard] = defaultKubeconfigs(process.env);
  fake.nextPick = 'green';
  assert.deepEqual(await forwardFrom(undefined), [['staging'], []]);
  assert.deepEqual(await forwardFrom({ pathType: 'host', hostPath: standard }), [['staging'], []]);
  const other = { pathType: 'host', hostPath: prod };
  assert.deepEqual(await forwardFrom(other), [['green'], [['blue', 'green']]]);
  assert.deepEqual(await forwardFrom(other, rows.slice(0, 2)), [['blue'], []]);
  for (const elsewhere of [
    { pathType: 'wsl', wslPath: prod },
    { pathType: 'host', hostPath: '/gone' },
  ]) {
    fake.nextPick = undefined;
    assert.deepEqual(await forwardFrom(elsewhere), [[], [['staging', 'blue', 'green']]]);
  }
});
