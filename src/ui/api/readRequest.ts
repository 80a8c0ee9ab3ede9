import * as vscode from 'vscode';
import { usage } from '../../base/errors.ts';
import { isText, readForwardEntry } from '../saved/forwardEntry.ts';
import { notText, problemText } from '../saved/problemText.ts';
import type { UnnamedEntry } from '../saved/toSpecification.ts';
import type { PortForwardRequest } from './portForwardApi.ts';
import { signalOf } from './startedForward.ts';

const REQUEST_KEYS: readonly string[] = [
  'context',
  'namespace',
  'target',
  'remotePort',
  'localPort',
  'label',
  'signal',
] satisfies readonly (keyof PortForwardRequest)[];

/**
 * Validates the request of another extension, because JavaScript code may pass any value.
 * @throws CodedError `USAGE` if the request is invalid
 */
export function readRequest(request: unknown): UnnamedEntry {
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

/**
 * Converts the request of an extension or a chat agent to an entry without a name, or with the label as its name.
 * Checks the fields as for a saved forward.
 * @throws CodedError `USAGE` if a field is invalid
 */
export function toEntry(request: Omit<PortForwardRequest, 'signal'>): UnnamedEntry {
  const { context, namespace, target, remotePort, localPort, label } = request;
  if (label !== undefined && !isText(label)) {
    throw usage(notText(vscode.l10n, 'label'));
  }
  const name = label ?? 'forward';
  const read = readForwardEntry({ name, context, namespace, target, remotePort, localPort });
  if (read.type === 'problem') throw usage(problemText(vscode.l10n, read.problem));
  const { name: _, ...entry } = read.entry;
  return label === undefined ? entry : read.entry;
}
