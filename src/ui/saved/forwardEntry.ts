import { createHash } from 'node:crypto';
import { isIP } from 'node:net';
import { isPort, isPortName } from '../../kinds/ports.ts';
import { isObjectName, readTarget } from '../../kinds/target.ts';
import { TRANSPORTS } from '../../kinds/transports.ts';
import type { ForwardSpecification } from '../../rpc/contract.ts';

/** A forward as written in settings, tasks and exported files. */
export interface ForwardEntry {
  readonly name: string;
  /** Name of a context. Optional, default: the current context. */
  readonly context?: string;
  /** Optional, default: the namespace of the context. */
  readonly namespace?: string;
  /** `service/web`, as in kubectl. A name without a type is a pod. */
  readonly target: string;
  readonly remotePort: number | string;
  /** Used exactly. Optional; by default, and with 0: the last local port, then the remote port, then a free one. */
  readonly localPort?: number;
  readonly address?: string;
  readonly group?: string;
  readonly autoStart?: boolean;
  readonly transport?: NonNullable<ForwardSpecification['transport']>;
}

/** An invalid entry: its name, the invalid field, and the reason. */
export interface EntryProblem {
  readonly name: string;
  readonly field: keyof ForwardEntry;
  /** `duplicate`: another entry has the same name. */
  readonly reason: 'missing' | 'invalid' | 'duplicate';
}

export type ReadEntry =
  | { readonly type: 'entry'; readonly entry: ForwardEntry }
  | { readonly type: 'problem'; readonly problem: EntryProblem };

const MAX_TEXT = 253;

/** The check of each field, in the order in which entries are written. */
const CHECKS: { readonly [Field in keyof Required<ForwardEntry>]: (value: unknown) => boolean } = {
  name: isText,
  context: isText,
  namespace: (value) => typeof value === 'string' && isObjectName(value),
  target: (value) => typeof value === 'string' && readTarget(value) !== undefined,
  remotePort: (value) => isPort(value, 1) || (typeof value === 'string' && isPortName(value)),
  localPort: (value) => isPort(value, 0),
  address: (value) => value === 'localhost' || (typeof value === 'string' && isIP(value) !== 0),
  group: isText,
  autoStart: (value) => typeof value === 'boolean',
  transport: (value) => (TRANSPORTS as readonly unknown[]).includes(value),
};
export const FIELDS = Object.keys(CHECKS) as readonly (keyof ForwardEntry)[];
const REQUIRED: ReadonlySet<keyof ForwardEntry> = new Set(['name', 'target', 'remotePort']);

/** Reads an entry from JSON: checks the known fields and puts them in order. */
export function readEntry(value: unknown): ReadEntry {
  const given = typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
  const name = isText(given['name']) ? String(given['name']) : '';
  const read: Record<string, unknown> = {};
  for (const field of FIELDS) {
    const isGiven = given[field] !== undefined;
    if (!isGiven && REQUIRED.has(field)) return problem(name, field, 'missing');
    if (isGiven && !CHECKS[field](given[field])) return problem(name, field, 'invalid');
    if (isGiven) read[field] = given[field];
  }
  // A forward that starts automatically must not depend on the current context.
  if (read['autoStart'] === true && read['context'] === undefined) return problem(name, 'context', 'missing');
  return { type: 'entry', entry: read as unknown as ForwardEntry };
}

/** Reads a list of entries. Of two entries with the same name, the later one is a problem. */
export function readEntries(value: unknown): {
  readonly entries: readonly ForwardEntry[];
  readonly problems: readonly EntryProblem[];
} {
  const entries = new Map<string, ForwardEntry>();
  const problems: EntryProblem[] = [];
  for (const item of Array.isArray(value) ? value : []) {
    const read = readEntry(item);
    if (read.type === 'problem') problems.push(read.problem);
    else if (entries.has(read.entry.name)) {
      problems.push({ name: read.entry.name, field: 'name', reason: 'duplicate' });
    } else entries.set(read.entry.name, read.entry);
  }
  return { entries: [...entries.values()], problems };
}

/**
 * A hash of entries that does not depend on their order, for approvals. SHA-256, hexadecimal.
 * @param destinations the destination of each entry
 */
export function hashOf(entries: readonly ForwardEntry[], destinations: readonly unknown[] = []): string {
  const texts = entries
    .map((entry, index) => [...FIELDS.map((field) => entry[field] ?? null), destinations[index] ?? null])
    .map((parts) => JSON.stringify(parts))
    .sort();
  return createHash('sha256').update(JSON.stringify(texts)).digest('hex');
}

function problem(name: string, field: keyof ForwardEntry, reason: EntryProblem['reason']): ReadEntry {
  return { type: 'problem', problem: { name, field, reason } };
}

/** Whether a value is a valid name of an entry, a context or a group. */
export function isText(value: unknown): boolean {
  return typeof value === 'string' && value.trim() !== '' && value.length <= MAX_TEXT;
}
