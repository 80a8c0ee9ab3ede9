import { isLoopback } from '../../base/address.ts';
import { type EntryProblem, FIELDS, isNamespaceEntry, readEntries, type SavedEntry } from './forwardEntry.ts';

/**
 * The format version of exported files. A change that older versions of the program cannot read must increase it: those
 * versions then ask the user to update.
 */
const FILE_VERSION = 1;

export interface ReadForwards {
  readonly type: 'forwards';
  readonly entries: readonly SavedEntry[];
  readonly problems: readonly EntryProblem[];
  /**
   * The ignored fields of valid entries: unknown fields, and addresses other than loopback. Each text has the form
   * `ENTRY: FIELD`, such as `Web: address`.
   */
  readonly leftOut: readonly string[];
}

export type ReadFile =
  | ReadForwards
  /** A newer version of the program wrote the file in a format that this version does not know. */
  | { readonly type: 'newer' }
  /** The text is not JSON, or has no list of forwards. */
  | { readonly type: 'invalid' };

/** Returns the text of an export file with these entries. */
export function writeForwardsFile(entries: readonly SavedEntry[]): string {
  return `${JSON.stringify({ version: FILE_VERSION, forwards: entries }, null, 2)}\n`;
}

/**
 * Reads an export file, or a plain list of entries. Ignores addresses other than loopback, because the author of the
 * file must not decide who can connect to this machine.
 */
export function readForwardsFile(text: string): ReadFile {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return { type: 'invalid' };
  }
  const { version, forwards }: { version?: unknown; forwards?: unknown } = Object(value);
  if (typeof version === 'number' && version > FILE_VERSION) return { type: 'newer' };
  const list = Array.isArray(value) ? value : forwards;
  if (!Array.isArray(list)) return { type: 'invalid' };
  const { entries, problems } = readEntries(list);
  return { type: 'forwards', entries: entries.map(onLoopback), problems, leftOut: leftOut(list, entries) };
}

/**
 * Returns a copy of the list in the setting `forwards`, with the entries added. An added entry replaces the entry with
 * the same name in the list. Invalid items of the list stay.
 */
export function withEntries(list: unknown, entries: readonly SavedEntry[]): readonly unknown[] {
  const result: unknown[] = Array.isArray(list) ? [...list] : [];
  for (const entry of entries) {
    const index = result.findIndex((item) => nameOf(item) === entry.name);
    if (index === -1) result.push(entry);
    else result[index] = entry;
  }
  return result;
}

/** Returns a copy of the list in the setting `forwards`, without the entries of these names. */
export function withoutEntries(list: unknown, names: readonly unknown[]): readonly unknown[] {
  return Array.isArray(list) ? list.filter((item) => !names.includes(nameOf(item))) : [];
}

/**
 * Returns a copy of the list in the setting `forwards` that contains the deleted entries again, at their old places.
 * Does not add a deleted entry if the list now contains another entry with the same name.
 * @param before the list before the deletion
 * @param names the names of the deleted entries
 */
export function withEntriesAgain(
  list: unknown,
  before: unknown,
  names: readonly unknown[],
): readonly unknown[] {
  const result: unknown[] = Array.isArray(list) ? [...list] : [];
  const present = result.map(nameOf);
  for (const [index, item] of (Array.isArray(before) ? before : []).entries()) {
    const name = nameOf(item);
    if (names.includes(name) && !present.includes(name)) result.splice(index, 0, item);
  }
  return result;
}

function nameOf(item: unknown): unknown {
  return (item as { readonly name?: unknown } | null)?.name;
}

function leftOut(list: readonly unknown[], entries: readonly SavedEntry[]): readonly string[] {
  return entries.flatMap((entry) => {
    const given = list.find((item) => nameOf(item) === entry.name) as object;
    const unknown = Object.keys(given).filter((key) => !(FIELDS as readonly string[]).includes(key));
    const isOpen = onLoopback(entry) !== entry;
    return [...unknown, ...(isOpen ? ['address'] : [])].map((field) => `${entry.name}: ${field}`);
  });
}

/** Returns the same entries without automatic start. */
export function withoutAutoStart(entries: readonly SavedEntry[]): readonly SavedEntry[] {
  return entries.map(({ autoStart: _, ...entry }) => entry);
}

function onLoopback(entry: SavedEntry): SavedEntry {
  if (isNamespaceEntry(entry) || entry.address === undefined || isLoopback(entry.address)) return entry;
  const { address: _, ...rest } = entry;
  return rest;
}
