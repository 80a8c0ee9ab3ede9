import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import type * as vscode from 'vscode';
import { Emitter } from '../../../src/base/event.ts';
import { KeyRows } from '../../../src/ui/keyRows.ts';
import { FakeClock } from '../../support/fakeClock.ts';

interface Row {
  readonly id: string;
}

const [a, b, c]: readonly [Row, Row, Row] = [{ id: 'a' }, { id: 'b' }, { id: 'c' }];

let clock: FakeClock;
let changes: Emitter<{ readonly selection: readonly Row[] }>;
let rows: KeyRows<Row>;

beforeEach(() => {
  clock = new FakeClock();
  changes = new Emitter();
  const onDidChangeSelection = changes.event as vscode.TreeView<Row>['onDidChangeSelection'];
  rows = new KeyRows({ selection: [], onDidChangeSelection }, clock);
});

/**
 * Fires the events of a key press. Its key binding toggles the selection of the focused row twice, so the selection
 * ends as it was.
 */
function press(selection: readonly Row[], focused: Row): void {
  const isSelected = selection.includes(focused);
  const toggled = isSelected ? selection.filter((row) => row !== focused) : [...selection, focused];
  changes.fire({ selection: toggled });
  changes.fire({ selection: isSelected ? [...toggled, focused] : selection });
}

for (const [condition, selected, focused, taken] of [
  ['the focused row if another row is selected', [a], b, [b]],
  ['the focused row if nothing is selected', [], b, [b]],
  ['the whole selection if the focused row is part of it', [a, b, c], b, [a, c, b]],
  ['the focused row alone if several others are selected', [a, b], c, [c]],
] as const) {
  test(`a key acts on ${condition}`, () => {
    changes.fire({ selection: selected });
    press(selected, focused);
    assert.deepEqual(rows.take(), taken);
  });
}

test('a key that renames acts on the focused row alone, part of a selection or not', () => {
  changes.fire({ selection: [a, b] });
  press([a, b], a);
  assert.equal(rows.takeFocused(), a);
});

test('a row that VS Code fetched anew is the same row', () => {
  changes.fire({ selection: [a, b] });
  changes.fire({ selection: [{ id: 'a' }, { id: 'b' }, c] });
  changes.fire({ selection: [{ id: 'a' }, { id: 'b' }] });
  assert.deepEqual(rows.take(), [c]);
});

test('a vanished selected row does not hide the focused row', () => {
  changes.fire({ selection: [a] });
  changes.fire({ selection: [b] });
  changes.fire({ selection: [] });
  assert.deepEqual(rows.take(), [b]);
});

test('neither an earlier click, nor the same key twice, nor an old change names a row', () => {
  changes.fire({ selection: [a] });
  changes.fire({ selection: [b] });
  assert.deepEqual(rows.take(), []);
  press([b], b);
  assert.deepEqual(rows.take(), [b]);
  assert.deepEqual(rows.take(), []);
  press([b], c);
  clock.advance(2_000);
  assert.deepEqual(rows.take(), []);
});
