import assert from 'node:assert/strict';
import { test } from 'node:test';
import { completionPlace } from '../../../../src/ui/saved/completionPlace.ts';

/** Returns what is completed at the cursor, which `|` marks, and the part that the user has typed before the cursor. */
function at(text: string): readonly [type: string, typed: string, isQuoted: boolean] | undefined {
  const before = text.slice(0, text.indexOf('|'));
  const place = completionPlace(before);
  return place && [place.type, before.slice(place.start), place.isQuoted];
}

test('names of saved forwards are completed in the forwards of a task', () => {
  const task = '{ // kinds of tasks: "forwards": [\n "tasks": [{ "type": "kubePortForward", "forwards": [';
  assert.deepEqual(at(`${task}"We|"] }] }`), ['savedName', 'We', true]);
  assert.deepEqual(at(`${task}"Web", "|`), ['savedName', '', true]);
  assert.deepEqual(at(`${task}|`), ['savedName', '', false]);
  assert.deepEqual(at(`${task}"a \\" quote", |`), ['savedName', '', false]);
  assert.equal(at(`${task}{ "target": "|`), undefined);
  assert.equal(at(`${task}"Web"], "label": "|`), undefined);
  assert.equal(at('{ "tasks": [{ "args": ["|'), undefined);
});

test('contexts are completed in the context of an entry', () => {
  const settings = '{ "kubePortForward.forwards": [ { "name": "context", /* "a": */ "context": ';
  assert.deepEqual(at(`${settings}"de|"`), ['context', 'de', true]);
  assert.deepEqual(at(`${settings}|`), ['context', '', false]);
  assert.equal(at(`${settings}"dev", "namespace": "|`), undefined);
  assert.equal(at('{ "context|'), undefined);
  assert.equal(at('|'), undefined);
});

test('nothing is completed in a comment', () => {
  assert.equal(at('{ "forwards": [ // "We|'), undefined);
});
