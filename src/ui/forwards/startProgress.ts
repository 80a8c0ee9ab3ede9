import * as vscode from 'vscode';
import { VIEWS } from '../../contributions.ts';
import type { ForwardsModel } from './forwardsModel.ts';

/**
 * Shows progress in the Forwards view until the forwards change, because from then on a row shows how the start goes: a forward can
 * wait a minute for its pod. Returns the outcome.
 */
export async function withStartProgress<T>(
  model: Pick<ForwardsModel, 'onDidChange'>,
  outcome: Promise<T>,
): Promise<T> {
  const { promise: changed, resolve } = Promise.withResolvers<void>();
  const subscription = model.onDidChange(() => resolve());
  vscode.window
    .withProgress({ location: { viewId: VIEWS.forwards } }, () => changed)
    .then(undefined, () => {});
  try {
    return await outcome;
  } finally {
    subscription.dispose();
    resolve();
  }
}
