import * as vscode from 'vscode';
import { defined } from '../../base/defined.ts';
import { type Disposable, DisposableStore } from '../../base/disposable.ts';
import type { ForwardsModel } from '../forwards/forwardsModel.ts';
import type { HeldForwards } from '../forwards/holds.ts';
import { releaseHolds } from '../forwards/releaseHolds.ts';
import type { EntryStarter } from '../saved/entryStarter.ts';
import { toInfo } from './forwardInfo.ts';
import type { PortForwardApi, PortForwardInfo, PortForwardRequest } from './portForwardApi.ts';
import { signalOf, startForExtension } from './startedForward.ts';

/**
 * The public API for other extensions. After this object is disposed of, the API fires no more events. The forwards
 * that other extensions started are not released: the host releases them when the window closes.
 */
export class PublicApi implements Disposable {
  readonly #owned = new DisposableStore();
  readonly api: PortForwardApi;

  constructor(model: ForwardsModel, held: HeldForwards, entries: EntryStarter) {
    // Uses VS Code's class, because this class catches the errors of listeners: a listener of another extension must
    // not disturb the listeners of this window.
    const changed = this.#owned.add(new vscode.EventEmitter<void>());
    const list = (): readonly PortForwardInfo[] => model.all.map((forward) => toInfo(vscode.l10n, forward));
    let last = JSON.stringify(list());
    this.#owned.add(
      model.onDidChange(() => {
        const text = JSON.stringify(list());
        if (text === last) return;
        last = text;
        changed.fire();
      }),
    );
    this.api = Object.freeze({
      version: 1,
      list,
      onDidChange: changed.event,
      start: (request: PortForwardRequest) => {
        const signal = signalOf(request);
        return startForExtension({
          ...{ held, model, l10n: vscode.l10n },
          specification: async () => {
            const { readRequest } = await import('../onFirstUse.ts');
            return entries.specification(readRequest(request));
          },
          ...defined({ signal }),
        });
      },
      stop: (id: string) => {
        const forward = model.find(id);
        return releaseHolds(held, 'extension', id, forward && { type: 'forward', forward });
      },
    });
  }

  dispose(): void {
    this.#owned.dispose();
  }
}
