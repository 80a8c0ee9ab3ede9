import type { SpdyRandom } from './spdyRandom.ts';

type Json = null | boolean | number | string | Json[] | { [name: string]: Json };

/**
 * JSON texts that `JSON.stringify` cannot easily create. A changed response first contains one of these keys as a
 * string. {@link mutateJson} then replaces the string with the JSON text.
 */
const RAW: Readonly<Record<string, string>> = {
  '@deep array': '['.repeat(100_000) + ']'.repeat(100_000),
  '@deep object': '{"a":'.repeat(100_000) + 1 + '}'.repeat(100_000),
  '@nested': '['.repeat(60) + ']'.repeat(60),
  '@infinite': '1e999',
  '@precise': `0.${'1'.repeat(400)}`,
};

/** Unexpected values, with which {@link mutateJson} replaces values of a response. */
const STRANGERS: readonly Json[] = [
  ...Object.keys(RAW),
  ...[null, true, false, 0, -1, 5, 1.5, 65_536, 2 ** 31, 2 ** 53, Number.MAX_VALUE],
  ...['', ' ', 'x', '5', '__proto__', 'toString', '../..', '\u001b[31m\u0000', '\ud800', 'é日\u{1f600}'],
  ...['n'.repeat(254), 'y'.repeat(100_000)],
  ...[
    [],
    {},
    [[]],
    [null],
    [5],
    { name: 5 },
    { name: { name: {} } },
    { length: 5 },
    { toString: 'x', valueOf: 'x' },
  ],
];

/**
 * Returns a JSON response after random changes: values of another type, missing fields, values copied to other fields,
 * huge and nested values, or invalid JSON.
 */
export function mutateJson(random: SpdyRandom, json: string): string {
  const root: { [name: string]: Json } = { root: JSON.parse(json) as Json };
  for (let changes = 1 + random.below(3); changes > 0; changes--) mutateOne(random, root);
  const text = JSON.stringify(root['root'] ?? null).replace(
    /"(@[a-z ]+)"/g,
    (all, name: string) => RAW[name] ?? all,
  );
  return random.below(8) === 0 ? mutateText(random, text) : text;
}

function mutateOne(random: SpdyRandom, root: Json): void {
  let parent = root;
  let key: string | number = 'root';
  // Usually goes one level deeper, because most interesting fields are deeply nested.
  while (isParent(childOf(parent, key)) && random.below(7) > 0) {
    const child = childOf(parent, key) as Json[] | { [name: string]: Json };
    const keys = Array.isArray(child) ? [...child.keys()] : Object.keys(child);
    if (keys.length === 0) break;
    parent = child;
    key = random.pick<string | number>(keys);
  }
  change(random, parent as { [name: string]: Json }, String(key));
}

function change(random: SpdyRandom, parent: { [name: string]: Json }, key: string): void {
  const value = parent[key] ?? null;
  switch (random.below(6)) {
    case 0:
      if (Array.isArray(parent)) parent.splice(Number(key), 1);
      else delete parent[key];
      break;
    case 1:
      parent[key] = Array.from({ length: 30 }, () => structuredClone(value));
      break;
    case 2:
      // Nests the value in itself 20 times.
      for (let depth = 0; depth < 20; depth++)
        parent[key] = isParent(value) ? { ...value, [key]: parent[key] ?? null } : [parent[key] ?? null];
      break;
    case 3:
      parent[random.pick([...Object.keys(parent), key])] = structuredClone(value);
      break;
    default:
      parent[key] = structuredClone(random.pick(STRANGERS));
  }
}

function mutateText(random: SpdyRandom, text: string): string {
  const at = random.below(text.length);
  const inserted = random.pick([...'"\\{}[],:\u0000x\ufeff', '1e', 'nul']);
  switch (random.below(4)) {
    case 0:
      return text.slice(0, at);
    case 1:
      return text.slice(0, at) + inserted + text.slice(at + 1);
    case 2:
      return text.slice(0, at) + inserted + text.slice(at);
    default:
      return text.slice(0, at) + text.slice(at + 1 + random.below(200));
  }
}

function isParent(value: Json | undefined): value is Json[] | { [name: string]: Json } {
  return typeof value === 'object' && value !== null;
}

function childOf(parent: Json, key: string | number): Json | undefined {
  return (parent as { [name: string]: Json })[key];
}
