import type { Disposable } from '../base/disposable.ts';
import type { Event } from '../base/event.ts';
import type { Row } from '../rpc/clustersContract.ts';

/**
 * A source of rows for views: watches the objects of one type in one context and namespace. Several views may share a
 * source.
 */
export interface RowSource extends Disposable {
  /** The rows, sorted by name. Until the first list is complete, contains only the rows that have arrived so far. */
  readonly rows: readonly Row[];
  readonly isLoaded: boolean;
  /** Why rows are missing or not up to date. Undefined if the rows are complete. */
  readonly error: unknown;
  /** Fires for every single change. A subscriber that needs fewer events combines them itself. */
  readonly onDidChange: Event<void>;
  /**
   * Lists the objects again immediately, because the user has refreshed a view. The source also reports changes without
   * this call.
   */
  refresh(): void;
}
