import type { Disposable } from '../base/disposable.ts';
import type { Event } from '../base/event.ts';
import type { Row } from '../rpc/contract.ts';

/** Watches one place for all its views. */
export interface RowSource extends Disposable {
  /** The rows in the order of their names, complete or not: during the first list, the rows received so far. */
  readonly rows: readonly Row[];
  readonly isLoaded: boolean;
  /** Why rows are missing or not up to date. */
  readonly error: unknown;
  /** Fires once per change; not coalesced. */
  readonly onDidChange: Event<void>;
  /** Lists again now. */
  refresh(): void;
}
