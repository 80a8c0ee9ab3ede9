import * as vscode from 'vscode';
import { CodedError } from '../../base/errors.ts';
import type { ForwardSnapshot } from '../../rpc/contract.ts';
import { forwardName } from '../present/forwardText.ts';
import { usersText } from '../present/usersText.ts';
import type { ForwardsModel } from './forwardsModel.ts';
import type { HeldForwards, UserKind } from './holds.ts';

/**
 * Releases the holds of this kind instead of stopping the forward. Resolves also if the forward no longer exists.
 * @throws CodedError `FORWARD_IN_USE` if only others use the forward
 */
export async function releaseHolds(
  model: ForwardsModel,
  held: HeldForwards,
  kind: UserKind,
  id: string,
): Promise<void> {
  const forward = model.find(id);
  if (forward !== undefined) checkHeld(held, kind, forward);
  await Promise.all(held.of(kind, id).map((one) => one.release()));
}

/** @throws CodedError `FORWARD_IN_USE` if no user of that kind holds it in this window */
export function checkHeld(held: HeldForwards, kind: UserKind, forward: ForwardSnapshot): void {
  if (held.of(kind, forward.id).length > 0) return;
  const users = usersText(vscode.l10n, forward.holders);
  throw new CodedError('FORWARD_IN_USE', { forward: forwardName(forward), users });
}
