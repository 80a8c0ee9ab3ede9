import type { Disposable } from '../base/disposable.ts';
import type { Event } from '../base/event.ts';
import type { Row } from '../rpc/contract.ts';

/** Watches one place for all its views. */
export interface RowSource extends Disposable {
  /** The rows, sorted by name. While the cluster is listed for the first time, only the rows received so far. */
  readonly rows: readonly Row[];
  readonly isLoaded: boolean;
  /** Why rows are missing or not up to date. */
  readonly error: unknown;
  /** Fires once per change; not coalesced. */
  readonly onDidChange: Event<void>;
  /** Lists again now. */
  refresh(): void;
}
