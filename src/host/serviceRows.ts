import type { Clock } from '../base/async.ts';
import { DisposableStore } from '../base/disposable.ts';
import { Emitter, type Event } from '../base/event.ts';
import type { Cluster, ListQuery } from '../kube/cluster/cluster.ts';
import { Reflector } from '../kube/cluster/reflector.ts';
import type { EndpointSlice } from '../kube/cluster/resources.ts';
import type { Row } from '../rpc/clustersContract.ts';
import type { RowSource } from './watchedRows.ts';

/**
 * The label of an EndpointSlice that names its Service:
 * https://kubernetes.io/docs/reference/labels-annotations-taints/#kubernetesio-service-name
 */
const SERVICE_NAME = 'kubernetes.io/service-name';

/** The only data of an EndpointSlice that is kept in memory. */
interface SliceFacts {
  readonly service: string;
  readonly hasEndpoints: boolean;
}

/**
 * Adds to each row of a Service whether the Service has endpoints, if the user may read EndpointSlices. Owns
 * `services`, and disposes of it.
 */
export class ServiceRows implements RowSource {
  readonly #services: RowSource;
  readonly #slices: Reflector<'endpointslices', SliceFacts>;
  readonly #owned = new DisposableStore();
  readonly #didChange = this.#owned.add(new Emitter<void>());
  #rows: readonly Row[] | undefined;

  readonly onDidChange: Event<void> = this.#didChange.event;

  constructor(services: RowSource, cluster: Cluster, query: ListQuery, clock: Clock) {
    this.#services = this.#owned.add(services);
    const access = () => Promise.resolve({ cluster });
    this.#slices = this.#owned.add(
      new Reflector({ access, resource: 'endpointslices', query, toItem: toFacts, clock }),
    );
    for (const { onDidChange } of [this.#services, this.#slices]) {
      this.#owned.add(
        onDidChange(() => {
          this.#rows = undefined;
          this.#didChange.fire();
        }),
      );
    }
  }

  get rows(): readonly Row[] {
    this.#rows ??= this.#withEndpoints(this.#services.rows);
    return this.#rows;
  }

  /**
   * Whether the rows are complete: all Services are listed, and all EndpointSlices are listed too or cannot be read.
   */
  get isLoaded(): boolean {
    return this.#services.isLoaded && (this.#slices.isLoaded || this.#slices.state.type === 'failed');
  }

  get error(): unknown {
    return this.#services.error;
  }

  refresh(): void {
    this.#services.refresh();
    this.#slices.refresh();
  }

  dispose(): void {
    this.#owned.dispose();
  }

  #withEndpoints(rows: readonly Row[]): readonly Row[] {
    if (!this.#slices.isLoaded || this.#slices.state.type === 'failed') return rows;
    const known = new Map<string, boolean>();
    for (const { service, hasEndpoints } of this.#slices.items.values()) {
      known.set(service, hasEndpoints || known.get(service) === true);
    }
    return rows.map((row) => {
      const hasEndpoints = row.type === 'service' ? known.get(row.name) : undefined;
      return hasEndpoints === undefined ? row : { ...row, hasEndpoints };
    });
  }
}

function toFacts({ metadata, endpoints = [] }: EndpointSlice): SliceFacts {
  return { service: metadata.labels?.[SERVICE_NAME] ?? '', hasEndpoints: endpoints.length > 0 };
}
