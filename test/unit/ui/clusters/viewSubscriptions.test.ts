import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import { closeView, openView, refreshView, type ViewScope } from '../../../../src/rpc/clustersContract.ts';
import { ViewSubscriptions } from '../../../../src/ui/clusters/viewSubscriptions.ts';
import { HostConnector } from '../../../../src/ui/host/hostConnector.ts';
import { eventually } from '../../../support/eventually.ts';
import { host, window } from '../../../support/fakeWindow.ts';
import { target } from '../../../support/uiRows.ts';

const scope: ViewScope = { type: 'namespaces', context: target('web').context };

/** Ends the wait of each `openView` request, as when the user answers the question about a plugin. */
let answer: () => void;
let session: HostConnector;
let views: ViewSubscriptions;

beforeEach(async () => {
  const question = Promise.withResolvers<void>();
  answer = question.resolve;
  session = new HostConnector({
    launcher: host,
    clock: window.clock,
    gate: async (method, parameters) => {
      if (method === openView.method) await question.promise;
      return parameters;
    },
  });
  views = new ViewSubscriptions(session);
  await session.connect();
});

afterEach(() => {
  views.dispose();
  session.dispose();
});

test('a view that is closed while the user is asked about its plugin does not stay open in the host', async () => {
  views.open('dev', scope);
  views.close('dev');
  await eventually(() => host.sent(closeView).length === 1, 'the view is closed before it was opened');
  answer();
  await eventually(() => host.sent(closeView).length === 2, 'the view was opened after all');
  await eventually(() => host.openViews.size === 0, 'the view is closed again');
});

test('a refresh while the user is asked about the plugin of a view shows no error', async () => {
  const errors: unknown[] = [];
  views.onDidChange((key) => errors.push(views.snapshot(key)?.error));
  views.open('dev', scope);
  views.refresh('dev');
  await eventually(() => host.sent(refreshView).length === 1, 'the host does not know the view');
  answer();
  await eventually(() => views.snapshot('dev')?.isLoaded === true, 'the view shows its rows');
  assert.deepEqual(new Set(errors), new Set([undefined]));
});
