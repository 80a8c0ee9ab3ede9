import * as vscode from 'vscode';
import { CodedError } from '../../base/errors.ts';
import { type Running, runningName, snapshotOf } from '../present/running.ts';
import { usersText } from '../present/usersText.ts';
import type { HeldForwards, HeldGateways, UserKind } from './holds.ts';

/**
 * Releases the holds on a forward or gateway that belong to this kind of holder (task, extension or tool) in this
 * window. The forward or gateway continues if it has other holders.
 * @param running undefined if the forward or gateway no longer runs
 * @throws CodedError `FORWARD_IN_USE` if only others hold the forward or gateway
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
 * Checks that this kind of holder (task, extension or tool) in this window holds a forward or gateway.
 * @throws CodedError `FORWARD_IN_USE` if only others hold the forward or gateway
 */
export function checkHeld(held: HeldForwards | HeldGateways, kind: UserKind, running: Running): void {
  const { id, holders } = snapshotOf(running);
  if (held.of(kind, id).length > 0) return;
  const users = usersText(vscode.l10n, holders);
  throw new CodedError('FORWARD_IN_USE', { forward: runningName(vscode.l10n, running), users });
}
