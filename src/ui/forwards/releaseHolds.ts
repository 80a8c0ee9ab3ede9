import * as vscode from 'vscode';
import { CodedError } from '../../base/errors.ts';
import { type Running, runningName, snapshotOf } from '../present/running.ts';
import { usersText } from '../present/usersText.ts';
import type { HeldForwards, HeldGateways, UserKind } from './holds.ts';

/**
 * Releases all holders of this kind (task, extension or tool) that this window has created for a forward or gateway.
 * The forward or gateway ends if it has no other holder.
 * @param running undefined if the forward or gateway no longer runs
 * @throws CodedError `FORWARD_IN_USE` if the forward or gateway runs, but has no holder of this kind in this window
 */
export async function releaseHolds(
  held: HeldForwards | HeldGateways,
  kind: UserKind,
  id: string,
  running: Running | undefined,
): Promise<void> {
  if (running !== undefined) checkHeld(held, kind, running);
  await Promise.all(held.of(kind, id).map((one) => one.release()));
}

/**
 * Checks that a forward or gateway has a holder of this kind (task, extension or tool) in this window.
 * @throws CodedError `FORWARD_IN_USE` if there is no such holder. The error names the other holders
 */
export function checkHeld(held: HeldForwards | HeldGateways, kind: UserKind, running: Running): void {
  const { id, holders } = snapshotOf(running);
  if (held.of(kind, id).length > 0) return;
  const users = usersText(vscode.l10n, holders);
  throw new CodedError('FORWARD_IN_USE', { forward: runningName(vscode.l10n, running), users });
}
