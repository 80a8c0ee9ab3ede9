import * as vscode from 'vscode';
import { type Disposable, DisposableStore } from '../../base/disposable.ts';
import { VIEWS } from '../../contributions.ts';
import type { ContextKeys } from '../contextKeys.ts';
import type { ForwardsModel } from '../forwards/forwardsModel.ts';
import type { GatewaysModel } from '../gateways/gatewaysModel.ts';
import type { HostConnector } from '../host/hostConnector.ts';
import { ExchangeFiles } from './exchangeFiles.ts';
import { EXCHANGE_SCHEME } from './exchangePaths.ts';
import { ForwardNames } from './forwardNames.ts';
import { RequestsModel } from './requestsModel.ts';
import { TrafficModel } from './trafficModel.ts';

export interface RequestsSources {
  readonly host: HostConnector;
  readonly forwards: ForwardsModel;
  readonly gateways: GatewaysModel;
  readonly contextKeys: ContextKeys;
  readonly context: Pick<vscode.ExtensionContext, 'extensionUri'>;
}

/**
 * Registers the VS Code views of the request log and of the traffic, and the read-only documents of requests. The code
 * of a view is loaded when the view is first shown.
 */
export class RequestsPanel implements Disposable {
  readonly #owned = new DisposableStore();
  readonly requests: RequestsModel;
  readonly traffic: TrafficModel;

  constructor({ host, forwards, gateways, contextKeys, context }: RequestsSources) {
    const requests = this.#owned.add(new RequestsModel(host));
    const traffic = this.#owned.add(new TrafficModel(host));
    const names = this.#owned.add(new ForwardNames(forwards));
    this.requests = requests;
    this.traffic = traffic;
    const extension = context.extensionUri;
    const services = { requests, traffic, forwards, gateways, names, contextKeys, extension };
    this.#owned.add(
      vscode.window.registerWebviewViewProvider(VIEWS.requests, {
        resolveWebviewView: async (view) => (await import('../later.ts')).showRequests(view, services),
      }),
    );
    this.#owned.add(
      vscode.window.registerWebviewViewProvider(VIEWS.traffic, {
        resolveWebviewView: async (view) => (await import('../later.ts')).showTraffic(view, services),
      }),
    );
    const files = this.#owned.add(
      new ExchangeFiles(async (uri) => (await import('../later.ts')).readExchangeFile(services, uri)),
    );
    this.#owned.add(
      vscode.workspace.registerFileSystemProvider(EXCHANGE_SCHEME, files, {
        isReadonly: true,
        isCaseSensitive: true,
      }),
    );
  }

  dispose(): void {
    this.#owned.dispose();
  }
}
