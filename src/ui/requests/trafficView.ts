import * as vscode from 'vscode';
import { DisposableStore } from '../../base/disposable.ts';
import { CONTEXT_KEYS } from '../../contributions.ts';
import type { FromTraffic, ToTraffic, TrafficTexts } from '../../panel/messages.ts';
import type { ContextKeys } from '../contextKeys.ts';
import type { Localizer } from '../present/localizer.ts';
import { type TrafficModel, toTrafficPoint } from './trafficModel.ts';
import { loadWebviewPage } from './webviewPage.ts';

export interface TrafficViewServices {
  readonly traffic: TrafficModel;
  readonly contextKeys: ContextKeys;
  /** The folder of the extension. */
  readonly extension: vscode.Uri;
}

/** Shows the traffic in a webview. Asks the forward host for samples only while the webview is visible. */
export function showTraffic(view: vscode.WebviewView, services: TrafficViewServices): void {
  const { traffic, contextKeys } = services;
  const owned = new DisposableStore();
  const post = (message: ToTraffic): void => {
    if (view.visible) view.webview.postMessage(message).then(undefined, () => {});
  };
  const show = (): void => {
    const { range } = traffic;
    const isHour = range === 'hour';
    contextKeys.set(CONTEXT_KEYS.showsTrafficOfHour, isHour);
    view.description = isHour ? vscode.l10n.t('last hour') : vscode.l10n.t('last 5 minutes');
    const points = traffic.samples.map((sample) => toTrafficPoint(sample, range));
    post({ type: 'show', texts: trafficTexts(vscode.l10n), range, points });
  };
  owned.add(
    view.webview.onDidReceiveMessage(({ type }: FromTraffic) => {
      if (type === 'ready') show();
    }),
  );
  owned.add(view.onDidChangeVisibility(() => traffic.setWatching(view.visible)));
  owned.add(traffic.onDidReset(show));
  owned.add(
    traffic.onDidSample((sample) =>
      post({ type: 'points', points: [toTrafficPoint(sample, traffic.range)] }),
    ),
  );
  view.onDidDispose(() => {
    traffic.setWatching(false);
    owned.dispose();
  });
  loadWebviewPage(view, services.extension, 'traffic');
  traffic.setWatching(view.visible);
}

function trafficTexts(l10n: Localizer): TrafficTexts {
  return {
    rates: l10n.t('Bytes per Second'),
    received: l10n.t('Received'),
    sent: l10n.t('Sent'),
    connections: l10n.t('Connections'),
    open: l10n.t('Open'),
    opened: l10n.t('New per Second'),
    firstByte: l10n.t('Time to First Byte'),
    p50: l10n.t('Median'),
    p95: l10n.t('95th Percentile'),
    time: l10n.t('Time'),
  };
}
