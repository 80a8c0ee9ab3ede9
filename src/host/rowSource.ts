import type { Clock } from '../base/async.ts';
import { DisposableStore } from '../base/disposable.ts';
import { CodedError, isCoded } from '../base/errors.ts';
import { Emitter, type Event } from '../base/event.ts';
import { KINDS, type KindInfo, WORKLOAD_KINDS } from '../kinds/targetKinds.ts';
import type { Cluster, ListQuery } from '../kube/cluster/cluster.ts';
import { Reflector } from '../kube/cluster/reflector.ts';
import type { Resource, ResourceTypes } from '../kube/cluster/resources.ts';
import type { Row, ViewScope } from '../rpc/clustersContract.ts';
import { toNamespaceRow, toPodRow, toServiceRow, toWorkloadRow } from './rows.ts';
import { ServiceRows } from './serviceRows.ts';
import type { RowSource } from './watchedRows.ts';

/**
 * Creates the source of rows for a view (a list of pods or other objects in a window). The source watches the objects
 * of the type `scope`, and turns each object into a row, which contains only what the view shows. Starts to watch
 * immediately. The caller disposes of the result.
 */
export function createRowSource(
  cluster: Cluster,
  scope: ViewScope['type'],
  namespace: string | undefined,
  clock: Clock,
): RowSource {
  const query = { namespace };
  switch (scope) {
    case 'namespaces':
      return new ReflectedRows(cluster, [watched('namespaces', {}, toNamespaceRow)], clock);
    case 'pods':
      return new ReflectedRows(cluster, [watched('pods', query, toPodRow)], clock);
    case 'services':
      return new ServiceRows(
        new ReflectedRows(cluster, [watched('services', query, toServiceRow)], clock),
        cluster,
        query,
        clock,
      );
    case 'workloads': {
      const parts = WORKLOAD_KINDS.map((kind) =>
        watched(KINDS[kind].plural, query, (object) => toWorkloadRow(kind, object), KINDS[kind]),
      );
      return new ReflectedRows(cluster, parts, clock);
    }
  }
}

/**
 * A function that creates a reflector. The reflector lists and watches the objects of a resource, turns each object
 * into a row, and passes the row to `onRow`.
 */
type Watched = (cluster: Cluster, clock: Clock, onRow: (row: Row) => void) => Reflector<Resource, Row>;

function watched<R extends Resource>(
  resource: R,
  query: ListQuery,
  toRow: (object: ResourceTypes[R]) => Row,
  kind?: KindInfo,
): Watched {
  return (cluster, clock, onRow) => {
    const toItem = (object: ResourceTypes[R]): Row => {
      const row = toRow(object);
      onRow(row);
      return row;
    };
    const access = () => Promise.resolve({ cluster });
    const custom = kind?.isCustom === true && { customKind: kind };
    const reflector = new Reflector({ access, resource, query, toItem, clock, ...custom });
    return reflector as unknown as Reflector<Resource, Row>;
  };
}

/**
 * Maximum number of rows to store and show until all objects have been listed for the first time. Further rows appear
 * after that.
 */
const EARLY_LIMIT = 20_000;

class ReflectedRows implements RowSource {
  readonly #owned = new DisposableStore();
  readonly #reflectors: readonly Reflector<Resource, Row>[];
  readonly #didChange = this.#owned.add(new Emitter<void>());
  /** The rows that have arrived while the first lists are still loading. Empty once the lists are complete. */
  readonly #early = new Map<string, Row>();
  readonly #server: string;
  #sorted: readonly Row[] | undefined;

  readonly onDidChange: Event<void> = this.#didChange.event;

  constructor(cluster: Cluster, parts: readonly Watched[], clock: Clock) {
    this.#server = cluster.server;
    this.#reflectors = parts.map((start) => this.#owned.add(start(cluster, clock, (row) => this.#note(row))));
    for (const reflector of this.#reflectors) this.#owned.add(reflector.onDidChange(() => this.#change()));
  }

  get rows(): readonly Row[] {
    this.#sorted ??= this.#collect().sort(byName);
    return this.#sorted;
  }

  get isLoaded(): boolean {
    return this.#permitted.every((reflector) => reflector.isLoaded);
  }

  get error(): unknown {
    for (const { state } of this.#permitted) {
      if (state.type === 'failed') return state.error;
    }
    const count = this.#reflectors.reduce((sum, { leftOut }) => sum + leftOut, 0);
    return count > 0 ? new CodedError('UNUSABLE_OBJECTS', { server: this.#server, count }) : undefined;
  }

  refresh(): void {
    for (const reflector of this.#reflectors) reflector.refresh();
  }

  dispose(): void {
    this.#owned.dispose();
    this.#early.clear();
  }

  /**
   * The reflectors of the kinds that the API server has, and that the user may list. If there is no such kind, returns
   * all reflectors, so that {@link error} reports why nothing can be listed.
   */
  get #permitted(): readonly Reflector<Resource, Row>[] {
    const permitted = this.#reflectors.filter(
      ({ state }) =>
        state.type !== 'failed' ||
        !(isCoded(state.error, 'FORBIDDEN') || isCoded(state.error, 'RESOURCE_TYPE_NOT_FOUND')),
    );
    return permitted.length > 0 ? permitted : this.#reflectors;
  }

  #collect(): Row[] {
    if (!this.isLoaded) return [...this.#early.values()];
    return this.#permitted.flatMap((reflector) => [...reflector.items.values()]);
  }

  #note(row: Row): void {
    // If a list fails halfway and starts again, `#early` also contains objects that were deleted meanwhile. Without the
    // limit, `#early` could grow with each failure.
    if (this.isLoaded || this.#early.size >= EARLY_LIMIT) return;
    this.#early.set(`${row.type === 'workload' ? row.kind : row.type} ${row.name}`, row);
    this.#change();
  }

  #change(): void {
    if (this.#early.size > 0 && this.isLoaded) this.#early.clear();
    this.#sorted = undefined;
    this.#didChange.fire();
  }
}

/** Compares names by character codes, as the API server does, and not by the rules of a language. */
function byName(a: Row, b: Row): number {
  return a.name < b.name ? -1 : a.name > b.name ? 1 : 0;
}
