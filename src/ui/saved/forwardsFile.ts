import { isLoopback } from '../../base/address.ts';
import { type EntryProblem, FIELDS, type ForwardEntry, readEntries } from './forwardEntry.ts';

/** Of exported files: raised when older versions could no longer read them. */
const FILE_VERSION = 1;

export type ReadFile =
  | {
      readonly type: 'forwards';
      readonly entries: readonly ForwardEntry[];
      readonly problems: readonly EntryProblem[];
      /** What is left out of entries that are read all the same: `Web: address`. */
      readonly leftOut: readonly string[];
    }
  /** It is no JSON, or none with a list of forwards in it. */
  | { readonly type: 'invalid' };

/** The text of a file with these forwards. */
export function writeForwardsFile(entries: readonly ForwardEntry[]): string {
  return `${JSON.stringify({ version: FILE_VERSION, forwards: entries }, null, 2)}\n`;
}

/**
 * Reads an exported file, or a list of entries alone. Whoever wrote it does not decide who reaches this machine: addresses
 * other than loopback are left out.
 */
export function readForwardsFile(text: string): ReadFile {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return { type: 'invalid' };
  }
  const list = Array.isArray(value) ? value : (value as { readonly forwards?: unknown } | null)?.forwards;
  if (!Array.isArray(list)) return { type: 'invalid' };
  const { entries, problems } = readEntries(list);
  return { type: 'forwards', entries: entries.map(onLoopback), problems, leftOut: leftOut(list, entries) };
}

/** The list of the settings with these entries in it, each in the place of one of the same name. */
export function withEntries(list: unknown, entries: readonly ForwardEntry[]): readonly unknown[] {
  const result: unknown[] = Array.isArray(list) ? [...list] : [];
  for (const entry of entries) {
    const index = result.findIndex((item) => nameOf(item) === entry.name);
    if (index === -1) result.push(entry);
    else result[index] = entry;
  }
  return result;
}

/** The list of the settings without the entries of that name. */
export function withoutEntry(list: unknown, name: string): readonly unknown[] {
  return Array.isArray(list) ? list.filter((item) => nameOf(item) !== name) : [];
}

function nameOf(item: unknown): unknown {
  return (item as { readonly name?: unknown } | null)?.name;
}

function leftOut(list: readonly unknown[], entries: readonly ForwardEntry[]): readonly string[] {
  return entries.flatMap((entry) => {
    const given = list.find((item) => nameOf(item) === entry.name) as object;
    const unknown = Object.keys(given).filter((key) => !(FIELDS as readonly string[]).includes(key));
    const isOpen = entry.address !== undefined && !isLoopback(entry.address);
    return [...unknown, ...(isOpen ? ['address'] : [])].map((field) => `${entry.name}: ${field}`);
  });
}

/** The same entries, none of which starts by itself. */
export function withoutAutoStart(entries: readonly ForwardEntry[]): readonly ForwardEntry[] {
  return entries.map(({ autoStart: _, ...entry }) => entry);
}

function onLoopback(entry: ForwardEntry): ForwardEntry {
  if (entry.address === undefined || isLoopback(entry.address)) return entry;
  const { address: _, ...rest } = entry;
  return rest;
}
