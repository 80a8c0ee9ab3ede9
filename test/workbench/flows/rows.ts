import assert from 'node:assert/strict';
import { waitFor } from '../harness/limits.ts';
import type { Fixture } from '../support/fixture.ts';
import { fetchText } from '../support/ports.ts';
import type { Scenario } from '../support/scenario.ts';

/** How long a test waits for the effect of a key before it presses the key again. */
const REPEAT_AFTER_MS = 2_000;

/**
 * Tests what keys, menus and the Command Palette do to rows that are focused or selected. When this function is called,
 * nothing may be forwarded.
 */
export function checkRows({ test }: Scenario): void {
  test('Delete stops the focused forward, not the selected one', async (fixture) => {
    const { window, isForwarded, clusters, forwards } = fixture;
    // Collapses services and workloads, because the test finds pods by name, and some of them have the same names.
    for (const group of ['Services', 'Workloads']) await clusters.collapse(group);
    const [a, b, c] = await startThree(fixture);
    assert.deepEqual(
      [a.buttons, c.buttons],
      [['Open in Browser', 'Copy Local Address'], ['Copy Local Address']],
      'web and echo',
    );
    await select(forwards, a.label);
    await window.page.keyboard.press('ArrowDown');
    await window.pressUntil('Delete', () => forwards.noRow(b.label, REPEAT_AFTER_MS));
    await forwards.noRow(/^pod\/greeter/);
    assert.deepEqual(await topLabels(forwards), [a.label, c.label]);
    assert.equal(await isForwarded(a.port), true);
    assert.equal(await isForwarded(b.port), false);
    const { buttons } = await window.notifications.waitFor(`Stopped ${b.name}.`);
    assert.deepEqual(buttons, ['Undo']);
    await window.notifications.click(`Stopped ${b.name}.`, 'Undo');
    await window.notifications.waitFor(`Forwarding localhost:${b.port} → ${b.name}`);
    await forwards.row(b.label);
  });

  test('Delete stops all rows of a focused selection, and Undo restores them all', async (fixture) => {
    const { window, forwards } = fixture;
    const [first, second, third] = await threeLabels(forwards);
    await forwards.expand(first);
    await select(forwards, second);
    await window.page.keyboard.press('Shift+ArrowDown');
    await window.pressUntil('Delete', () => forwards.noRow(second, REPEAT_AFTER_MS));
    await forwards.noRow(third);
    const [row] = await forwards.rows();
    assert.deepEqual([row?.label, row?.isExpanded], [first, true]);
    await window.notifications.click('Stopped 2 forwards.', 'Undo');
    await forwards.row(second);
    await forwards.row(third);
    await forwards.collapse(first);
  });

  test('all selected rows stay highlighted when one of them shows traffic', async ({ window, forwards }) => {
    const labels = await threeLabels(forwards);
    const [first] = labels;
    await select(forwards, first);
    await window.page.keyboard.press('Shift+ArrowDown');
    await window.page.keyboard.press('Shift+ArrowDown');
    assert.deepEqual(await selectedLabels(forwards), labels);
    const { description } = await forwards.row(first);
    await fetchText(Number(first.split(':')[1]));
    await forwards.row((row) => row.label === first && row.description !== description);
    assert.deepEqual(await selectedLabels(forwards), labels);
  });

  test('F2 names the focused forward, and no row is expanded or loses its selection', async (fixture) => {
    const { window, forwards } = fixture;
    const [first, second, third] = await threeLabels(forwards);
    await select(forwards, first);
    await window.page.keyboard.press('Shift+ArrowDown');
    const before = await selectedLabels(forwards);
    assert.deepEqual(before, [first, second]);
    await window.page.keyboard.press('ArrowDown');
    const target = (await forwards.row(third)).accessibleName.split(',')[0];
    await window.pressUntil('F2', () =>
      window.quickInput.waitForTitle(`Set Port Label: ${target}`, REPEAT_AFTER_MS),
    );
    await window.quickInput.cancel();
    assert.deepEqual(await selectedLabels(forwards), before);
    assert.equal(
      (await forwards.rows()).some((row) => row.isExpanded === true),
      false,
    );
  });

  test('a palette command asks, whatever is selected in a hidden view', async ({ window, forwards }) => {
    const labels = await threeLabels(forwards);
    await select(forwards, labels[0]);
    await window.runCommand('View: Close Primary Side Bar');
    await window.runCommandThatAsks('Kubernetes Port Forward: Stop Forwarding Port', 'Stop Forwarding Port');
    assert.equal((await window.quickInput.items()).length, 3);
    await window.quickInput.cancel();
    await window.openView('Port Forward');
    assert.deepEqual(await topLabels(forwards), labels);
  });

  test('all ports of a target are forwarded at once, and a waiting pod shows the reason', async (fixture) => {
    const { window, logged, clusters, forwards } = fixture;
    await clusters.runFromContextMenu('multi', 'Forward All Ports');
    await forwards.row(/^pod\/multi:8080, .* ready/);
    await forwards.row(/^pod\/multi:9090, .* ready/);
    await forwards.row(/^pod\/multi:7, .* ready/);
    await clusters.select('pending');
    await window.pressUntil('Enter', () => forwards.row(/^pod\/pending:/, REPEAT_AFTER_MS));
    const waiting = await forwards.row(/waiting, Pod "pending" is Pending/);
    assert.match(waiting.description, /^waiting: Pod "pending" is Pending/);
    assert.match(await forwards.tooltip(/^pod\/pending:/), /Reason: Pod "pending" is Pending/);
    await logged(/\[pod\/pending \d+ → \d+\] Waiting: Pod "pending" is Pending/);
    const status = await window.waitForStatusBar('.forwards', (item) => item?.text === '6  1');
    assert.equal(status?.accessibleName, '6 ports forwarded, 1 starting');
    assert.equal((await clusters.row('pending')).icon, 'clock');
    // A forward that waits for its pod shows this in its row. The view must not also show a progress bar all the time.
    await forwards.untilIdle();
    assert.equal(await window.badge('Port Forward'), '6');
  });

  test('several selected targets are forwarded at once', async (fixture) => {
    const { window, workbench, clusters, forwards } = fixture;
    workbench.server.changeSettings({ 'kubePortForward.notifications': 'none' });
    await window.runCommand('Notifications: Clear All Notifications');
    await clusters.select('db-0');
    await clusters.collapse('db-0');
    await window.page.keyboard.press('Shift+ArrowDown');
    await window.pressUntil('Enter', () => forwards.row(/^pod\/db-1:/, REPEAT_AFTER_MS));
    await forwards.row(/^pod\/db-0:6379, .* ready/);
    await forwards.row(/^pod\/db-1:6379, .* ready/);
    assert.deepEqual(await window.notifications.texts(), [], 'the setting leaves them out');
    workbench.server.changeSettings({});
  });
}

async function startThree(fixture: Fixture) {
  return [
    await start(fixture, 'web'),
    await start(fixture, 'greeter'),
    await start(fixture, 'echo'),
  ] as const;
}

async function start({ window, clusters, forwards }: Fixture, pod: string) {
  await clusters.runInline(pod, 'Forward Port...');
  const { text, buttons } = await window.notifications.waitFor(`pod/${pod}:`);
  const [, port = '', name = ''] = /^Forwarding localhost:(\d+) → (\S+)/.exec(text) ?? [];
  assert.notEqual(name, '', text);
  await forwards.row(`localhost:${port}`);
  return { name, port: Number(port), label: `localhost:${port}`, buttons };
}

/** Clicks a forward's row. The click also expands the row. Collapses it again, so that the next row is a forward. */
async function select(forwards: Fixture['forwards'], label: string): Promise<void> {
  await forwards.select(label);
  await forwards.collapse(label);
}

async function threeLabels(forwards: Fixture['forwards']): Promise<readonly [string, string, string]> {
  return waitFor('three rows', async () => {
    const labels = await topLabels(forwards);
    return labels.length === 3 && (labels as readonly [string, string, string]);
  });
}

async function topLabels(forwards: Fixture['forwards']): Promise<readonly string[]> {
  return (await forwards.rows()).filter(({ level }) => level === 1).map(({ label }) => label);
}

async function selectedLabels(forwards: Fixture['forwards']): Promise<readonly string[]> {
  return (await forwards.rows()).filter(({ isSelected }) => isSelected).map(({ label }) => label);
}
