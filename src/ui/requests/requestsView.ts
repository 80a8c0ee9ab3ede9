import * as vscode from 'vscode';
import { DisposableStore } from '../../base/disposable.ts';
import { COMMANDS, CONTEXT_KEYS } from '../../contributions.ts';
import type { EmptyState, FromRequests, RequestsTexts, ToRequests } from '../../panel/messages.ts';
import type { Exchange } from '../../rpc/exchanges.ts';
import type { ContextKeys } from '../contextKeys.ts';
import type { ForwardsModel } from '../forwards/forwardsModel.ts';
import type { GatewaysModel } from '../gateways/gatewaysModel.ts';
import { presentExchange } from '../present/exchangeRows.ts';
import { timeFormatter } from '../present/format.ts';
import { isUp } from '../present/forwardText.ts';
import type { Localizer } from '../present/localizer.ts';
import type { ForwardNames } from './forwardNames.ts';
import { knownRequest } from './knownRequest.ts';
import { openExchange } from './openExchange.ts';
import type { RequestsModel } from './requestsModel.ts';
import { loadWebviewPage } from './webviewPage.ts';

export interface RequestsViewServices {
  readonly requests: RequestsModel;
  readonly forwards: ForwardsModel;
  readonly gateways: GatewaysModel;
  readonly names: ForwardNames;
  readonly contextKeys: ContextKeys;
  /** The folder of the extension. */
  readonly extension: vscode.Uri;
}

type EmptyKind = 'noForwards' | 'notLogged' | 'someLogged' | 'noRequests';

/** Shows the request log in a webview. Asks the forward host for new requests only while the webview is visible. */
export function showRequests(view: vscode.WebviewView, services: RequestsViewServices): void {
  const { requests, forwards, gateways, names } = services;
  const owned = new DisposableStore();
  const post = (message: ToRequests): void => {
    // Sends nothing to a hidden page. When the page is shown again, it reports `ready` and then gets everything.
    if (view.visible) view.webview.postMessage(message).then(undefined, () => {});
  };
  const toRows = (exchanges: readonly Exchange[]) => {
    const toTime = timeFormatter(Date.now());
    return exchanges.map((exchange) => presentExchange(exchange, names.nameOf(exchange.forward), toTime));
  };
  const empty = (): EmptyState => emptyState(emptyKind(services));
  const show = (): void =>
    post({
      type: 'show',
      texts: requestsTexts(vscode.l10n),
      rows: toRows(requests.exchanges),
      empty: empty(),
      isFollowing: requests.state.isFollowing,
    });
  owned.add(
    view.webview.onDidReceiveMessage((message: FromRequests) => receive(message, { ...services, show })),
  );
  owned.add(view.onDidChangeVisibility(() => requests.setWatching(view.visible)));
  owned.add(requests.onDidChange((exchanges) => post({ type: 'rows', rows: toRows(exchanges) })));
  owned.add(requests.onDidReset(show));
  const showState = (): void => {
    const { isFollowing, isPaused } = requests.state;
    post({ type: 'follow', isFollowing });
    view.description = isPaused ? vscode.l10n.t('paused') : '';
    services.contextKeys.set(CONTEXT_KEYS.isRequestLogPaused, isPaused);
    services.contextKeys.set(CONTEXT_KEYS.isRequestLogFollowed, isFollowing);
  };
  owned.add(requests.onDidChangeState(showState));
  showState();
  for (const { onDidChange } of [forwards, gateways])
    owned.add(onDidChange(() => post({ type: 'empty', empty: empty() })));
  view.onDidDispose(() => {
    requests.setWatching(false);
    owned.dispose();
  });
  loadWebviewPage(view, services.extension, 'requests');
  requests.setWatching(view.visible);
}

function receive(
  message: FromRequests,
  { show, ...services }: RequestsViewServices & { readonly show: () => void },
): void {
  const { requests } = services;
  switch (message.type) {
    case 'ready':
      show();
      break;
    case 'open': {
      const exchange = knownRequest(requests, message.id);
      if (exchange !== undefined) openExchange(exchange, 'exchange', message.isPinned).catch(() => {});
      break;
    }
    case 'button': {
      const command = emptyKind(services) === 'noForwards' ? COMMANDS.forwardPort : COMMANDS.logRequests;
      vscode.commands.executeCommand(command).then(undefined, () => {});
      break;
    }
    case 'following':
      requests.setFollowing(message.isFollowing === true);
      break;
  }
}

function emptyKind({ forwards, gateways }: Pick<RequestsViewServices, 'forwards' | 'gateways'>): EmptyKind {
  const running = gateways.all.filter(isUp);
  const all = [...forwards.all, ...running, ...running.flatMap(({ services }) => services)];
  if (all.length === 0) return 'noForwards';
  const silent = all.filter(({ requestLog = 'off' }) => requestLog === 'off');
  if (silent.length === all.length) return 'notLogged';
  return silent.length > 0 ? 'someLogged' : 'noRequests';
}

function emptyState(kind: EmptyKind): EmptyState {
  const { l10n } = vscode;
  switch (kind) {
    case 'noForwards':
      return {
        text: l10n.t('No forwarded ports. Forward a port to see the requests that pass through it.'),
        button: l10n.t('Forward a Port...'),
      };
    case 'notLogged':
      return {
        text: l10n.t(
          'Requests are not logged. The log shows methods, paths, status codes, times and sizes, not headers or bodies.',
        ),
        button: l10n.t('Log Requests'),
      };
    case 'someLogged':
      return {
        text: l10n.t('No requests yet. Some forwarded ports are not logged.'),
        button: l10n.t('Log Requests'),
      };
    case 'noRequests':
      return { text: l10n.t('No requests yet.') };
  }
}

/** Returns the texts of the requests webview in the user's language. */
function requestsTexts(l10n: Localizer): RequestsTexts {
  return {
    table: l10n.t('Requests'),
    columns: {
      time: l10n.t('Time'),
      forward: l10n.t('Forward'),
      method: l10n.t('Method'),
      target: l10n.t('Path'),
      status: l10n.t('Status'),
      duration: l10n.t('Duration'),
      size: l10n.t('Size'),
      pod: l10n.t('Pod'),
    },
    filterPlaceholder: l10n.t('Filter (text, status:5xx, method:POST, path:/api, forward:web)'),
    filterName: l10n.t('Filter requests'),
    noMatch: l10n.t('No requests match the filter.'),
    matching: l10n.t('{count} of {total}'),
    recorded: l10n.t('recorded'),
  };
}
