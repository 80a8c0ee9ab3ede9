import { readTarget } from '../../kinds/target.ts';
import type { ForwardSnapshot } from '../../rpc/forwardsContract.ts';
import type { GatewaySnapshot } from '../../rpc/gatewayContract.ts';
import { compareNames } from '../clusters/clusterNodes.ts';
import type { Running } from '../present/running.ts';
import {
  type EntryProblem,
  type ForwardEntry,
  isNamespaceEntry,
  type NamespaceEntry,
  readEntries,
  type SavedEntry,
} from './forwardEntry.ts';

/**
 * The settings that contain a saved forward: of the user, of the workspace, or of a folder in a multi-root workspace.
 * `folder` is the URI of the folder.
 */
export type SettingsScope =
  | { readonly type: 'user' }
  | { readonly type: 'workspace' }
  | { readonly type: 'folder'; readonly folder: string };

export interface SavedForward {
  readonly scope: SettingsScope;
  readonly entry: SavedEntry;
  /**
   * The entries with the same name that this entry overrides. An entry of the workspace settings, for example,
   * overrides an entry of the user settings. Optional, default none.
   */
  readonly hides?: readonly SavedForward[];
  /** Whether another folder of the workspace has an entry with the same name. Neither entry overrides the other. */
  readonly hasNamesake?: boolean;
}

export interface SavedProblem extends EntryProblem {
  readonly scope: SettingsScope;
}

export interface SavedList {
  readonly forwards: readonly SavedForward[];
  readonly problems: readonly SavedProblem[];
  /** Whether the workspace has forwards that are ignored until the user trusts the workspace. */
  readonly isHeldBack?: boolean;
}

/** The value of the setting `forwards` in one settings scope, unchecked. */
export interface SavedSource {
  readonly scope: SettingsScope;
  readonly value: unknown;
}

/**
 * Merges the entries of all settings scopes. For other list settings, VS Code uses only the list of the most specific
 * scope. Here, an entry overrides only entries with the same name: workspace entries override user entries, and folder
 * entries override workspace entries.
 */
export function mergeSources(sources: readonly SavedSource[]): SavedList {
  const read = sources.map(({ scope, value }) => ({ scope, ...readEntries(value) }));
  const all = read.flatMap(({ scope, entries }) => entries.map((entry): SavedForward => ({ scope, entry })));
  return {
    forwards: all.flatMap((one): readonly SavedForward[] => {
      const others = all.filter(({ scope, entry }) => scope !== one.scope && entry.name === one.entry.name);
      if (others.some(({ scope }) => rank(scope) > rank(one.scope))) return [];
      const hides = others.filter(({ scope }) => rank(scope) < rank(one.scope));
      const hasNamesake = hides.length < others.length;
      return [{ ...one, ...(hides.length > 0 && { hides }), ...(hasNamesake && { hasNamesake }) }];
    }),
    problems: read.flatMap(({ scope, problems }) => problems.map((problem) => ({ scope, ...problem }))),
  };
}

/**
 * Finds a saved forward by name. If several settings have a forward with this name, prefers the settings of the folder,
 * then of the workspace, then of the user, and last the settings of other folders.
 * @param folder the URI of the folder; optional, default: no folder is preferred
 */
export function findSaved(
  forwards: readonly SavedForward[],
  name: string,
  folder?: string,
): SavedForward | undefined {
  // An entry of a folder overrides the entries of the workspace and of the user only for that folder. So overridden
  // entries (`hides`) may be the right ones for another folder, and are searched too.
  return forwards
    .filter(({ entry }) => entry.name === name)
    .flatMap((one) => [one, ...(one.hides ?? [])])
    .sort((a, b) => closeness(b.scope, folder) - closeness(a.scope, folder))[0];
}

/**
 * Returns the id of a saved forward's row. The id contains the settings scope, because two folders may have forwards
 * with the same name.
 */
export function savedKey({ scope, entry }: SavedForward): string {
  return `saved ${scope.type === 'folder' ? scope.folder : scope.type} ${entry.name}`;
}

/** Returns the first saved entry that matches a running forward or gateway. Undefined if there is none. */
export function savedOf(saved: readonly SavedForward[], running: Running): SavedForward | undefined {
  return saved.find(({ entry }) => isRunningEntry(entry, running));
}

/** Returns the saved forwards that are not running. */
export function notRunning(saved: readonly SavedForward[], all: readonly Running[]): readonly SavedForward[] {
  return saved.filter(({ entry }) => !all.some((running) => isRunningEntry(entry, running)));
}

/**
 * Returns true if a running forward or gateway matches an entry. Fields that the entry does not set are not compared.
 */
export function isRunningEntry(entry: SavedEntry, running: Running): boolean {
  if (isNamespaceEntry(entry)) return running.type === 'gateway' && isGatewayOf(entry, running.gateway);
  return running.type === 'forward' && isForwardOf(entry, running.forward);
}

/**
 * Returns true if a forward matches an entry. Several entries may have the same target, so also compares the local
 * port. If the entry sets no local port, compares the name instead: a forward that an entry starts gets the name of the
 * entry as its label.
 */
function isForwardOf(entry: ForwardEntry, { specification, localPort }: ForwardSnapshot): boolean {
  const { target, remotePort } = specification;
  const wanted = readTarget(entry.target);
  return (
    target.kind === wanted?.kind &&
    target.name === wanted.name &&
    remotePort === entry.remotePort &&
    (entry.context === undefined || entry.context === target.context.context) &&
    (entry.namespace === undefined || entry.namespace === target.namespace) &&
    ((entry.localPort ?? 0) === 0
      ? entry.name === specification.label
      : entry.localPort === (localPort ?? specification.localPort.port))
  );
}

function isGatewayOf(entry: NamespaceEntry, { specification }: GatewaySnapshot): boolean {
  const { context, namespaces } = specification;
  return (
    (entry.context === undefined || entry.context === context.context) &&
    (entry.namespace === undefined || namespaces.includes(entry.namespace))
  );
}

/** Returns the names of all groups of saved forwards, sorted, each only once. */
export function groupsOf(forwards: readonly SavedForward[]): readonly string[] {
  const groups = forwards.map(({ entry }) => entry.group).filter((group) => group !== undefined);
  return [...new Set(groups)].sort(compareNames);
}

function rank(scope: SettingsScope): number {
  return scope.type === 'user' ? 0 : scope.type === 'workspace' ? 1 : 2;
}

function closeness(scope: SettingsScope, folder: string | undefined): number {
  return scope.type === 'folder' && scope.folder !== folder ? -1 : rank(scope);
}
