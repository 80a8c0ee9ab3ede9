import * as vscode from 'vscode';
import { VIEWS } from '../../contributions.ts';
import type { ForwardsModel } from './forwardsModel.ts';

/**
 * Shows progress in the Forwards view until the forwards change. From then on a row shows the progress, which may take a minute
 * until the pod is ready. Returns the outcome.
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
