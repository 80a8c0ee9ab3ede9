import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import type * as vscode from 'vscode';
import { Emitter } from '../../../src/base/event.ts';
import { RowChanges } from '../../../src/ui/rowChanges.ts';
import { FakeClock } from '../../support/fakeClock.ts';

interface Row {
  readonly id: string;
  readonly parent?: Row;
}

const group: Row = { id: 'group' };
const [a, b, inner]: readonly [Row, Row, Row] = [
  { id: 'a', parent: group },
  { id: 'b' },
  { id: 'inner', parent: { id: 'a', parent: group } },
];

const ALL = undefined;

let clock: FakeClock;
let selection: readonly Row[];
let events: Record<'selection' | 'collapse' | 'expand', Emitter<unknown>>;
let drawn: (readonly Row[] | undefined)[];
let changes: RowChanges<Row>;

beforeEach(() => {
  clock = new FakeClock();
  selection = [];
  drawn = [];
  events = { selection: new Emitter(), collapse: new Emitter(), expand: new Emitter() };
  const view = {
    get selection() {
      return selection;
    },
    onDidChangeSelection: events.selection.event,
    onDidCollapseElement: events.collapse.event,
    onDidExpandElement: events.expand.event,
  } as unknown as vscode.TreeView<Row>;
  changes = new RowChanges(view, { fire: (rows) => drawn.push(rows) }, ({ parent }) => parent, clock);
});

function select(...rows: readonly Row[]): void {
  selection = rows;
  events.selection.fire({ selection });
}

test('a change draws its rows while at most one row is selected, and the whole view while several are', () => {
  changes.fire([a]);
  clock.advance(10_000);
  select(a);
  changes.fire([a]);
  clock.advance(10_000);
  select(a, b);
  changes.fire([a]);
  changes.fire(undefined);
  assert.deepEqual(drawn, [[a], [a], ALL, ALL]);
});

test('counts of traffic wait while several rows are selected, and are drawn with the next change', () => {
  select(a, b);
  changes.fire([a], false);
  changes.fire([b], false);
  assert.deepEqual(drawn, []);
  clock.advance(10_000);
  assert.deepEqual(drawn, [ALL]);
  changes.fire([a], false);
  changes.fire([b]);
  clock.advance(10_000);
  assert.deepEqual(drawn, [ALL, ALL]);
});

test('rows that are selected while VS Code draws a change draw the whole view again', () => {
  changes.fire([a]);
  clock.advance(100);
  select(a, b);
  clock.advance(10_000);
  select(a, b, group);
  clock.advance(10_000);
  assert.deepEqual(drawn, [[a], ALL]);
});

test('collapsing a row draws the whole view while several rows are selected, and hides the rows beneath', () => {
  select(a, b);
  assert.equal(changes.isShown(inner), true);
  events.collapse.fire({ element: group });
  assert.deepEqual(drawn, [ALL]);
  assert.deepEqual([group, a, inner, b].map(changes.isShown), [true, false, false, true]);
  events.expand.fire({ element: group });
  assert.equal(changes.isShown(inner), true);
});
