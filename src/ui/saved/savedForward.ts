import { readTarget } from '../../kinds/target.ts';
import type { ForwardSnapshot } from '../../rpc/contract.ts';
import { compareNames } from '../clusters/clusterNodes.ts';
import { type EntryProblem, type ForwardEntry, hashOf, readEntries } from './forwardEntry.ts';

/** Which settings a forward is saved in. A folder is one of several of a workspace, by its URI. */
export type SavedPlace =
  | { readonly type: 'user' }
  | { readonly type: 'workspace' }
  | { readonly type: 'folder'; readonly folder: string };

export interface SavedForward {
  readonly place: SavedPlace;
  readonly entry: ForwardEntry;
  /** Whose entries of the same name it hides. */
  readonly hides?: readonly SavedPlace[];
  /** Whether another folder of the workspace has an entry of the same name. */
  readonly hasNamesake?: boolean;
}

export interface SavedProblem extends EntryProblem {
  readonly place: SavedPlace;
}

export interface SavedList {
  readonly forwards: readonly SavedForward[];
  readonly problems: readonly SavedProblem[];
  /** Whether the workspace has forwards that it may not have before it is trusted. */
  readonly isHeldBack?: boolean;
}

/** What the settings of one place say, as they say it. */
export interface SavedSource {
  readonly place: SavedPlace;
  readonly value: unknown;
}

/**
 * The entries of all places together, unlike other lists of settings, of which the narrowest place's hides the others.
 * Only an entry of the same name does so: a workspace's hides the user's, a folder's that of the workspace.
 */
export function mergeSources(sources: readonly SavedSource[]): SavedList {
  const read = sources.map(({ place, value }) => ({ place, ...readEntries(value) }));
  const isHidden = (place: SavedPlace, name: string): boolean =>
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

/** The forward of that name: of the folder where one is given, else of the workspace, else the user's. */
export function findSaved(
  forwards: readonly SavedForward[],
  name: string,
  folder?: string,
): SavedForward | undefined {
  return forwards
    .filter(({ entry }) => entry.name === name)
    .sort((a, b) => closeness(b.place, folder) - closeness(a.place, folder))[0];
}

/** Names the one row of a saved forward: two folders may each have one of the same name. */
export function savedKey({ place, entry }: SavedForward): string {
  return `saved ${place.type === 'folder' ? place.folder : place.type} ${entry.name}`;
}

/**
 * Whether that is what the entry stands for, as far as the entry says it. One without a local port is known by its name: another
 * forward may lead to the same target.
 */
export function isForwardOf(entry: ForwardEntry, { specification, localPort }: ForwardSnapshot): boolean {
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

export interface AutoStartPlan {
  /** Start by themselves: the user said so. */
  readonly approved: readonly SavedForward[];
  /** What a workspace wants started, where nobody has approved just that. */
  readonly asking: readonly SavedForward[];
  /** Of the workspace's: what an approval is kept as. */
  readonly hash: string;
}

/**
 * What starts when the folder opens.
 * @param approval the hash that was approved last in this workspace
 * @param destinationOf where a forward leads to, which the approval is bound to as well
 */
export function planAutoStart(
  forwards: readonly SavedForward[],
  approval: string | undefined,
  destinationOf: (forward: SavedForward) => unknown = () => null,
): AutoStartPlan {
  const wanted = forwards.filter(({ entry }) => entry.autoStart === true);
  const own = wanted.filter(({ place }) => place.type === 'user');
  const others = wanted.filter(({ place }) => place.type !== 'user');
  const entries = others.map(({ entry }) => entry);
  const hash = hashOf(entries, others.map(destinationOf));
  return hash === approval || others.length === 0
    ? { approved: wanted, asking: [], hash }
    : { approved: own, asking: others, hash };
}

/** Names of groups, sorted. */
export function groupsOf(forwards: readonly SavedForward[]): readonly string[] {
  const groups = forwards.map(({ entry }) => entry.group).filter((group) => group !== undefined);
  return [...new Set(groups)].sort(compareNames);
}

function rank(place: SavedPlace): number {
  return place.type === 'user' ? 0 : place.type === 'workspace' ? 1 : 2;
}

function closeness(place: SavedPlace, folder: string | undefined): number {
  return place.type === 'folder' && place.folder !== folder ? -1 : rank(place);
}
