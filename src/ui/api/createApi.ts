import * as vscode from 'vscode';
import { type Disposable, DisposableStore } from '../../base/disposable.ts';
import { CodedError } from '../../base/errors.ts';
import { Emitter } from '../../base/event.ts';
import type { ForwardsModel } from '../forwards/forwardsModel.ts';
import type { HeldForwards } from '../forwards/heldForwards.ts';
import { letGo } from '../forwards/letGo.ts';
import type { EntryStarter } from '../saved/entryStarter.ts';
import { readEntry } from '../saved/forwardEntry.ts';
import { problemText } from '../saved/savedRows.ts';
import type { UnnamedEntry } from '../saved/toSpecification.ts';
import { toInfo } from './forwardInfo.ts';
import type { PortForwardApi, PortForwardInfo, PortForwardRequest } from './portForwardApi.ts';
import { startForward } from './startedForward.ts';

/** The public API. Disposing of it ends its events; what was started through it goes on. */
export class PublicApi implements Disposable {
  readonly #owned = new DisposableStore();
  readonly api: PortForwardApi;

  constructor(model: ForwardsModel, held: HeldForwards, entries: EntryStarter) {
    const changed = this.#owned.add(new Emitter<void>());
    const list = (): readonly PortForwardInfo[] =>
      model.forwards.map((forward) => toInfo(vscode.l10n, forward));
    let last = '[]';
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
      start: ({ signal, ...request }: PortForwardRequest) =>
        startForward({
          ...{ held, model, l10n: vscode.l10n },
          specification: async () => entries.specification(toEntry(request), false),
          ...(signal === undefined ? {} : { signal }),
        }),
      stop: (id: string) => letGo(model, held, 'extension', id),
    });
  }

  dispose(): void {
    this.#owned.dispose();
  }
}

/** What another extension, or a chat agent, asks for: checked as what a file says. */
export function toEntry(request: Omit<PortForwardRequest, 'signal'>): UnnamedEntry {
  const { context, namespace, target, remotePort, localPort, label } = request;
  const name = label ?? `${target}:${remotePort}`;
  const read = readEntry({ name, context, namespace, target, remotePort, localPort });
  if (read.type === 'problem') {
    throw new CodedError('USAGE', { reason: problemText(vscode.l10n, read.problem.field) });
  }
  const { name: _, ...entry } = read.entry;
  return label === undefined ? entry : read.entry;
}
