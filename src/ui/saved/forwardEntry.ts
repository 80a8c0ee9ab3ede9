import { createHash } from 'node:crypto';
import { isListenAddress } from '../../base/address.ts';
import { isPort, isRemotePort } from '../../kinds/ports.ts';
import { isNamespaceName, readTarget } from '../../kinds/target.ts';
import { TRANSPORTS } from '../../kinds/transports.ts';
import type { ForwardSpecification } from '../../rpc/forwardsContract.ts';

interface CommonEntry {
  readonly name: string;
  /** Name of a context. Optional, default: the current context. */
  readonly context?: string;
  /** Optional, default: the namespace of the context. */
  readonly namespace?: string;
  /**
   * Optional, default 0. If the number is not 0, the forward or gateway uses exactly this local port, or fails if the
   * port is in use. With 0, a forward tries the local port from `preferredLocalPort`. A gateway tries the local port
   * that the previous gateway of the same context had or, if there was none, the port from the settings. If the tried
   * port is in use, any free port is used.
   */
  readonly localPort?: number;
  readonly group?: string;
  readonly autoStart?: boolean;
}

/**
 * An entry, as written in settings and exported files, that makes the services of a namespace reachable by name through
 * a gateway.
 */
export interface NamespaceEntry extends CommonEntry {
  readonly proxy: true;
}

/** A forward as written in settings, tasks and exported files. */
export interface ForwardEntry extends CommonEntry {
  /** The target in kubectl's syntax: `service/web`. A name without a kind is a pod. */
  readonly target: string;
  readonly remotePort: number | string;
  readonly address?: string;
  readonly transport?: NonNullable<ForwardSpecification['transport']>;
}

/** An entry of the setting `kubePortForward.forwards`. */
export type SavedEntry = ForwardEntry | NamespaceEntry;

type EntryField = keyof ForwardEntry | keyof NamespaceEntry;

export function isNamespaceEntry(entry: SavedEntry): entry is NamespaceEntry {
  return 'proxy' in entry;
}

/** An invalid entry: its name, the invalid field, and the reason. */
export interface EntryProblem {
  readonly name: string;
  readonly field: EntryField;
  /**
   * `duplicate`: an earlier entry has the same name. `notByName`: an entry with `proxy` must not have this field.
   * `notForward`: the entry has `proxy`, but its list may contain only forwards.
   */
  readonly reason: 'missing' | 'invalid' | 'duplicate' | 'notByName' | 'notForward';
}

export type ReadEntry = { readonly type: 'entry'; readonly entry: SavedEntry } | EntryFailure;

type EntryFailure = { readonly type: 'problem'; readonly problem: EntryProblem };

/** The maximum length of a name, context or group in an entry, in UTF-16 code units. */
export const MAX_ENTRY_TEXT = 253;

/** The function that checks the value of each field. {@link readEntry} returns the fields of an entry in this order. */
const CHECKS: { readonly [Field in EntryField]: (value: unknown) => boolean } = {
  name: isText,
  context: isText,
  namespace: (value) => typeof value === 'string' && isNamespaceName(value),
  proxy: (value) => typeof value === 'boolean',
  target: (value) => typeof value === 'string' && readTarget(value) !== undefined,
  remotePort: isRemotePort,
  localPort: (value) => isPort(value, 0),
  address: isListenAddress,
  group: isText,
  autoStart: (value) => typeof value === 'boolean',
  transport: (value) => (TRANSPORTS as readonly unknown[]).includes(value),
};
export const FIELDS = Object.keys(CHECKS) as readonly EntryField[];
const REQUIRED: ReadonlySet<EntryField> = new Set(['name', 'target', 'remotePort']);
/** The fields of a forward that an entry with `proxy` cannot have. */
const FORWARD_ONLY: ReadonlySet<EntryField> = new Set(['target', 'remotePort', 'address', 'transport']);

/**
 * Checks the known fields of a value from JSON, in the order of {@link FIELDS}. Returns an entry with these fields, or
 * the first problem.
 */
export function readEntry(value: unknown): ReadEntry {
  const given = typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
  const name = isText(given['name']) ? String(given['name']) : '';
  const read: Record<string, unknown> = {};
  const isByName = given['proxy'] === true;
  for (const field of FIELDS) {
    const isGiven = given[field] !== undefined;
    if (isByName && FORWARD_ONLY.has(field)) {
      if (isGiven) return problem(name, field, 'notByName');
      continue;
    }
    if (!isGiven && REQUIRED.has(field)) return problem(name, field, 'missing');
    if (isGiven && !CHECKS[field](given[field])) return problem(name, field, 'invalid');
    if (isGiven && (field !== 'proxy' || isByName)) read[field] = given[field];
  }
  // An automatic start requires a context: if it used the current context, it could start in an unexpected cluster.
  if (read['autoStart'] === true && read['context'] === undefined) return problem(name, 'context', 'missing');
  return { type: 'entry', entry: read as unknown as SavedEntry };
}

/**
 * Like {@link readEntry}, but for a place where only forwards are allowed, such as a task's list `forwards`: reports an
 * entry with `proxy` as a problem.
 */
export function readForwardEntry(
  value: unknown,
): { readonly type: 'entry'; readonly entry: ForwardEntry } | EntryFailure {
  const read = readEntry(value);
  if (read.type === 'problem') return read;
  const { entry } = read;
  return isNamespaceEntry(entry) ? problem(entry.name, 'proxy', 'notForward') : { type: 'entry', entry };
}

/** Reads a list of entries. If two entries have the same name, uses the first, and reports the second as a problem. */
export function readEntries(value: unknown): {
  readonly entries: readonly SavedEntry[];
  readonly problems: readonly EntryProblem[];
} {
  const entries = new Map<string, SavedEntry>();
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
 * Returns a hash of an entry and its destination: SHA-256, hexadecimal. If it equals a hash that was stored when the
 * user approved an automatic start, the user has approved exactly this entry with this destination.
 * @param destination the kubeconfig and context of the entry
 */
export function hashOf(entry: SavedEntry, destination: unknown): string {
  const values = FIELDS.map((field) => (entry as Partial<Record<EntryField, unknown>>)[field] ?? null);
  return createHash('sha256')
    .update(JSON.stringify([...values, destination]))
    .digest('hex');
}

function problem(name: string, field: EntryField, reason: EntryProblem['reason']): EntryFailure {
  return { type: 'problem', problem: { name, field, reason } };
}

/** Returns true if a value is valid as the name of an entry, a context or a group. */
export function isText(value: unknown): boolean {
  return typeof value === 'string' && value.trim() !== '' && value.length <= MAX_ENTRY_TEXT;
}
