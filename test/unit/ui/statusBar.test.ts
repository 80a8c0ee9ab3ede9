import assert from 'node:assert/strict';
import { beforeEach, type TestContext, test } from 'node:test';
import type { ForwardSnapshot } from '../../../src/rpc/forwardsContract.ts';
import { fake } from '../../support/fakeVscode.ts';
import { connector, forwards, gateways, host } from '../../support/fakeWindow.ts';
import { forward, gateway, target } from '../../support/uiRows.ts';

const { StatusBar } = await import('../../../src/ui/statusBar.ts');

const STOP_ALL = '[Stop All Forwards](command:kubePortForward.stopAllForwards)';

beforeEach(() => connector.connect());

test('the status bar item is hidden until the first forward, and again after the last gateway', (test) => {
  const item = showStatusBar(test);
  assert.equal(item.isShown, false);
  host.setForwards([forward('web')]);
  host.setGateways([gateway(['demo'])]);
  assert.deepEqual([item.isShown, item.text], [true, '$(plug) 2']);
  host.setForwards([]);
  assert.deepEqual([item.isShown, item.text], [true, '$(plug) 1']);
  host.setGateways([]);
  assert.equal(item.isShown, false);
});

test('the tooltip links the address of each forward and gateway to the browser, and names the state of one that is not ready', (test) => {
  const { localPort, localAddress, ...unbound } = forward('db', { state: { type: 'starting' } });
  host.setForwards([forward('web'), unbound]);
  host.setGateways([gateway(['demo'])]);
  const [title, ...lines] = tooltipOf(test);
  const link = (id: string) => `command:kubePortForward.openInBrowser?${encodeURIComponent(`["${id}"]`)}`;
  assert.equal(title, '**Forwarded Ports**');
  assert.deepEqual(lines, [
    `- [localhost:8080](${link('web')}) pod/web:80`,
    '- pod/db:80 *starting*',
    `- [localhost:8900](${link('gateway-1')}) demo \\(by name\\)`,
    STOP_ALL,
  ]);
});

test('if more than 15 ports are forwarded, the tooltip lists 15 of them and says how many more there are', (test) => {
  const many = (count: number) => Array.from({ length: count }, (_, index) => forward(`web${index}`));
  const listed = (all: readonly ForwardSnapshot[]) => {
    host.setForwards(all);
    return tooltipOf(test).slice(1);
  };
  const all = listed(many(15));
  assert.deepEqual([all.length, all.at(-1)], [16, STOP_ALL]);
  const more = listed(many(17));
  assert.deepEqual([more.length, ...more.slice(-2)], [17, 'and 2 more', STOP_ALL]);
});

test('a name from a cluster is shown in the tooltip as text, although it looks like a link', (test) => {
  const name = '[click](command:workbench.action.quit)';
  host.setForwards([forward('web', {}, { target: target(name) })]);
  const line = tooltipOf(test)[1] ?? '';
  assert.ok(line.endsWith(' pod/\\[click\\]\\(command:workbench.action.quit\\):80'), line);
});

/** Shows the status bar item until the end of the test. */
function showStatusBar(test: TestContext) {
  const statusBar = new StatusBar(forwards, gateways);
  test.after(() => statusBar.dispose());
  assert.ok(fake.statusBarItem);
  return fake.statusBarItem;
}

/** Returns the lines of the tooltip, without empty lines. */
function tooltipOf(test: TestContext): readonly string[] {
  const markdown = showStatusBar(test).tooltip?.value ?? '';
  return markdown.split('\n').filter((line) => line !== '');
}
