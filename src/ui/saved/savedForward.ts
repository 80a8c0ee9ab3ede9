import { readTarget } from '../../kinds/target.ts';
import type { ForwardSnapshot } from '../../rpc/contract.ts';
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

/** The settings in which a forward is saved. `folder`: the URI of a folder in a multi-root workspace. */
export type SettingsScope =
  | { readonly type: 'user' }
  | { readonly type: 'workspace' }
  | { readonly type: 'folder'; readonly folder: string };

export interface SavedForward {
  readonly place: SettingsScope;
  readonly entry: SavedEntry;
  /** The settings scopes, such as the user settings, whose entry with the same name this entry overrides. */
  readonly hides?: readonly SettingsScope[];
  /** Whether another folder of the workspace has an entry with the same name. Neither entry overrides the other. */
  readonly hasNamesake?: boolean;
}

export interface SavedProblem extends EntryProblem {
  readonly place: SettingsScope;
}

export interface SavedList {
  readonly forwards: readonly SavedForward[];
  readonly problems: readonly SavedProblem[];
  /** Whether the workspace has forwards that are ignored until the user trusts the workspace. */
  readonly isHeldBack?: boolean;
}

/** The value of the setting `forwards` in one settings scope, unchecked. */
export interface SavedSource {
  readonly place: SettingsScope;
  readonly value: unknown;
}

/**
 * Merges the entries of all settings scopes. For other list settings, VS Code uses only the list of the most specific
 * scope. Here, an entry overrides only entries with the same name: workspace entries override user entries, and folder
 * entries override workspace entries.
 */
export function mergeSources(sources: readonly SavedSource[]): SavedList {
  const read = sources.map(({ place, value }) => ({ place, ...readEntries(value) }));
  const isHidden = (place: SettingsScope, name: string): boolean =>
    read.some(
      (other) =>
        rank(other.place) > rank(place) && other.entries.some((candidate) => candidate.name === name),
    );
  return {
    forwards: read.flatMap(({ place, entries }) =>
      entries
        .filter(({ name }) => !isHidden(place, name))
        .map((entry): SavedForward => {
          const others = read.filter(
            (other) => other.place !== place && other.entries.some(({ name }) => name === entry.name),
          );
          const hides = others.map((other) => other.place).filter((other) => rank(other) < rank(place));
          const hasNamesake = others.some((other) => rank(other.place) === rank(place));
          return {
            ...{ place, entry },
            ...(hides.length > 0 && { hides }),
            ...(hasNamesake && { hasNamesake }),
          };
        }),
    ),
    problems: read.flatMap(({ place, problems }) => problems.map((problem) => ({ place, ...problem }))),
  };
}

/**
 * Finds a saved forward by name: first in the settings of the folder, then of the workspace, then of the user.
 * @param folder the URI of the folder; optional, default: no folder is searched
 */
export function findSaved(
  forwards: readonly SavedForward[],
  name: string,
  folder?: string,
): SavedForward | undefined {
  return forwards
    .filter(({ entry }) => entry.name === name)
    .sort((a, b) => closeness(b.place, folder) - closeness(a.place, folder))[0];
}

/**
 * Returns the id of a saved forward's row. The id contains the settings scope, because two folders may have forwards
 * with the same name.
 */
export function savedKey({ place, entry }: SavedForward): string {
  return `saved ${place.type === 'folder' ? place.folder : place.type} ${entry.name}`;
}

/** Returns the first saved entry that matches a running forward or gateway. */
export function savedOf(saved: readonly SavedForward[], running: Running): SavedForward | undefined {
  return saved.find(({ entry }) => isRunningEntry(entry, running));
}

/** The saved forwards that do not run. */
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
 * If the entry has no local port, its name is compared with the label of the forward instead, because several forwards
 * may have the same target.
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

/** The names of all groups, sorted. */
export function groupsOf(forwards: readonly SavedForward[]): readonly string[] {
  const groups = forwards.map(({ entry }) => entry.group).filter((group) => group !== undefined);
  return [...new Set(groups)].sort(compareNames);
}

function rank(place: SettingsScope): number {
  return place.type === 'user' ? 0 : place.type === 'workspace' ? 1 : 2;
}

function closeness(place: SettingsScope, folder: string | undefined): number {
  return place.type === 'folder' && place.folder !== folder ? -1 : rank(place);
}
