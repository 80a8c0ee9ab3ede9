import * as vscode from 'vscode';
import { defined } from '../../base/defined.ts';
import { type Disposable, DisposableStore } from '../../base/disposable.ts';
import { CodedError } from '../../base/errors.ts';
import { Emitter } from '../../base/event.ts';
import type { ForwardsModel } from '../forwards/forwardsModel.ts';
import type { HeldForwards } from '../forwards/heldForwards.ts';
import { releaseHolds } from '../forwards/releaseHolds.ts';
import type { EntryStarter } from '../saved/entryStarter.ts';
import { isText, readEntry } from '../saved/forwardEntry.ts';
import { problemText } from '../saved/problemText.ts';
import type { UnnamedEntry } from '../saved/toSpecification.ts';
import { toInfo } from './forwardInfo.ts';
import type { PortForwardApi, PortForwardInfo, PortForwardRequest } from './portForwardApi.ts';
import { startForExtension } from './startedForward.ts';

/** The public API. Disposing it ends its events, but not the forwards that it started. */
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
      start: (request: PortForwardRequest) => {
        const signal = signalOf(request);
        return startForExtension({
          ...{ held, model, l10n: vscode.l10n },
          specification: async () => entries.specification(readRequest(request), false),
          ...defined({ signal }),
        });
      },
      stop: (id: string) => releaseHolds(model, held, 'extension', id),
    });
  }

  dispose(): void {
    this.#owned.dispose();
  }
}

const REQUEST_KEYS: readonly string[] = [
  'context',
  'namespace',
  'target',
  'remotePort',
  'localPort',
  'label',
  'signal',
] satisfies readonly (keyof PortForwardRequest)[];

/** Reads a request of another extension, which may not be type-checked. @throws CodedError `USAGE` */
function readRequest(request: unknown): UnnamedEntry {
  const { l10n } = vscode;
  if (typeof request !== 'object' || request === null) {
    throw usage(l10n.t('start() requires an object with "target" and "remotePort"'));
  }
  const unknown = Object.keys(request).find((key) => !REQUEST_KEYS.includes(key));
  if (unknown !== undefined) throw usage(l10n.t('start() has no option "{key}"', { key: unknown }));
  const { signal, ...rest } = request as PortForwardRequest;
  if (signal !== undefined && signalOf(request) === undefined) {
    throw usage(l10n.t('"signal" must be an AbortSignal'));
  }
  return toEntry(rest);
}

function signalOf(request: unknown): AbortSignal | undefined {
  const signal = (request as Partial<PortForwardRequest> | null | undefined)?.signal;
  return typeof signal?.aborted === 'boolean' && typeof signal.addEventListener === 'function'
    ? signal
    : undefined;
}

/** Reads a request of an extension or a chat agent with the rules for saved forwards. @throws CodedError `USAGE` */
export function toEntry(request: Omit<PortForwardRequest, 'signal'>): UnnamedEntry {
  const { context, namespace, target, remotePort, localPort, label } = request;
  if (label !== undefined && !isText(label)) {
    throw usage(vscode.l10n.t('"{field}" must be a string of 1 to 253 characters', { field: 'label' }));
  }
  const name = label ?? 'forward';
  const read = readEntry({ name, context, namespace, target, remotePort, localPort });
  if (read.type === 'problem') throw usage(problemText(vscode.l10n, read.problem));
  const { name: _, ...entry } = read.entry;
  return label === undefined ? entry : read.entry;
}

function usage(reason: string): CodedError {
  return new CodedError('USAGE', { reason });
}
