import { defined } from '../../base/defined.ts';
import { printable } from '../../base/text.ts';
import type { ForwardSnapshot } from '../../rpc/forwardsContract.ts';
import type { GatewaySnapshot } from '../../rpc/gatewayContract.ts';
import { type NameRow, nameRows } from '../gateways/gatewayRows.ts';
import type { RowLocation } from '../present/forwardRows.ts';
import { forwardName } from '../present/forwardText.ts';
import { type Running, runningId } from '../present/running.ts';
import {
  groupsOf,
  notRunning,
  type SavedForward,
  type SavedList,
  type SavedProblem,
  savedKey,
  savedOf,
} from './savedForward.ts';

/** The row of a gateway, or a row beneath it. */
export type NamesRow =
  | {
      readonly type: 'gateway';
      readonly id: string;
      readonly gateway: GatewaySnapshot;
      /**
       * The name of the gateway's context, which tells several gateways apart. Missing if there is only one gateway.
       */
      readonly context?: string;
      /** The first saved entry that opens a namespace of the gateway. Missing if no such entry is saved. */
      readonly saved?: SavedForward;
      readonly rows: readonly NameRow[];
    }
  | NameRow;

export type ArrangedRow =
  | {
      readonly type: 'forward';
      readonly id: string;
      readonly forward: ForwardSnapshot;
      readonly location: RowLocation;
      /** The saved entry that matches the forward. Missing if the forward is not saved. */
      readonly saved?: SavedForward;
    }
  | NamesRow
  /** A saved forward that does not run. */
  | { readonly type: 'saved'; readonly id: string; readonly saved: SavedForward }
  /**
   * One row for all saved forwards of an untrusted workspace, which are ignored until the user trusts the workspace.
   */
  | { readonly type: 'heldBack'; readonly id: string }
  | { readonly type: 'savedProblem'; readonly id: string; readonly problem: SavedProblem }
  | {
      readonly type: 'savedGroup';
      readonly id: string;
      readonly group: string;
      readonly rows: readonly ArrangedRow[];
    };

/**
 * Returns the rows of the Forwards view in this order: rows without a group, then each group, then invalid entries of
 * the settings, and last one row for the ignored forwards of an untrusted workspace. Without a group and in each group,
 * running forwards and gateways come before saved forwards that do not run. Leaves out a group that has no rows. This
 * can happen if entries of several groups open namespaces in the same gateway: the row of the gateway is then only in
 * the group of the first of these entries.
 */
export function arrangeRows(
  running: readonly Running[],
  { forwards: saved, problems, isHeldBack = false }: SavedList,
): readonly ArrangedRow[] {
  const groups = groupsOf(saved);
  const owned = running.map((one) => ({ one, own: savedOf(saved, one) }));
  const rowsOf = (group: string | undefined): readonly ArrangedRow[] => [
    ...owned
      .filter(({ own }) => own?.entry.group === group)
      .map(({ one, own }) => runningRow(one, running, own)),
    ...notRunning(saved, running)
      .filter(({ entry }) => entry.group === group)
      .map((one): ArrangedRow => ({ type: 'saved', id: savedKey(one), saved: one })),
  ];
  return [
    ...rowsOf(undefined),
    ...groups
      .map(
        (group) => ({ type: 'savedGroup', id: `savedGroup ${group}`, group, rows: rowsOf(group) }) as const,
      )
      .filter(({ rows }) => rows.length > 0),
    ...problems.map(
      (problem, index): ArrangedRow => ({
        type: 'savedProblem',
        id: `savedProblem ${index} ${problem.name}`,
        problem,
      }),
    ),
    ...(isHeldBack ? [{ type: 'heldBack', id: 'heldBack' } as const] : []),
  ];
}

function runningRow(running: Running, all: readonly Running[], saved: SavedForward | undefined): ArrangedRow {
  const row = { ...running, id: runningId(running), ...defined({ saved }) };
  if (row.type === 'forward') return { ...row, location: locationOf(row.forward, all) };
  const { gateway } = row;
  const isOnly = all.filter(({ type }) => type === 'gateway').length === 1;
  const context = printable(gateway.specification.context.context);
  return { ...row, ...(!isOnly && { context }), rows: nameRows(gateway) };
}

/**
 * Returns what a row must show if several running forwards have the same name: the namespace if their namespaces
 * differ, and the context if their contexts differ.
 */
function locationOf(forward: ForwardSnapshot, all: readonly Running[]): RowLocation {
  const { namespace, context } = forward.specification.target;
  const others = all
    .flatMap((other) => (other.type === 'forward' ? [other.forward] : []))
    .filter((other) => forwardName(other) === forwardName(forward))
    .map(({ specification }) => specification.target);
  return {
    ...(others.some((other) => other.namespace !== namespace) && { namespace: printable(namespace) }),
    ...(others.some((other) => other.context.context !== context.context) && {
      context: printable(context.context),
    }),
  };
}
