import assert from 'node:assert/strict';
import { fetchText, freePort } from './support/ports.ts';
import { scenario } from './support/scenario.ts';

const { check } = scenario('sameSaved', { cluster: {} });

check(
  'two windows start the same saved forward: it is one, and both see it',
  async ({ window, workbench }) => {
    const port = await freePort();
    const target = { context: 'demo-admin', namespace: 'demo', target: 'service/web', remotePort: 80 };
    workbench.server.changeSettings({
      'kubePortForward.forwards': [{ ...target, name: 'Page', localPort: port }],
    });
    const other = await workbench.openWindow();
    for (const each of [window, other]) {
      await each.openView('Port Forward');
      await each.tree('Forwards').row(/^Page, saved/);
    }
    await Promise.all(
      [window, other].map((each) => each.runCommand('Kubernetes Port Forward: Start All Saved Forwards')),
    );
    for (const each of [window, other]) {
      await each.tree('Forwards').row(/^Page, forwarded to localhost:\d+, ready/);
      await each.waitForStatusBar('.forwards', (item) => item?.text === '1');
    }
    assert.match(await fetchText(port), /<!doctype html>/);
    const forwards = other.tree('Forwards');
    await forwards.runInline('Page', 'Stop Forwarding Port', () => forwards.row(/^Page, saved/, 2_000));
    for (const each of [window, other]) await each.tree('Forwards').row(/^Page, saved/);
  },
);
