import type { Event } from '../../base/event.ts';
import type { ErrorInfo } from '../../rpc/contract.ts';

/** The state of a part of a task: of a forward or a namespace. */
export type PartState =
  /** `waiting`: why the part is not ready yet. */
  | { readonly type: 'starting'; readonly waiting?: ErrorInfo }
  | { readonly type: 'ready' | 'stopping' | 'stopped' }
  | { readonly type: 'reconnecting' | 'failed'; readonly error: ErrorInfo };

/** A part that a task has started and holds. */
export interface HeldPart {
  /** The current state of the part. Undefined after the part was stopped. */
  readonly state: PartState | undefined;
  /** The text that the terminal shows when the part is ready: `localhost:8080 → service/web:80`. */
  readonly text: string;
  /**
   * Starts the part again after it has failed. Resolves with the state after the restart. Optional: if a part has no
   * `restart`, the task releases the part and calls {@link TaskPart.hold} again.
   */
  readonly restart?: (() => Promise<PartState>) | undefined;
  /**
   * Prepares files that programs need, such as an environment file. Called by every check that finds the part ready,
   * before the task reports the part as ready. Optional.
   */
  prepare?(signal: AbortSignal): Promise<void>;
  /**
   * Whether the files that `prepare` wrote are still up to date. If not, the part does not count as ready. Optional,
   * default true.
   */
  readonly isPrepared?: boolean;
  /**
   * Releases the part. Everything that must not remain after the window has closed is removed synchronously, because a
   * closing window does not wait for the promise.
   */
  release(): Promise<void>;
}

/** A part of a task: a forward, or a namespace that the task opens in a gateway. */
export interface TaskPart {
  readonly name: string;
  /** `port` for a forward, `names` for a namespace. */
  readonly type: 'port' | 'names';
  readonly onDidChange: Event<void>;
  /**
   * Starts the forward or gateway, and makes the task one of its holders. If the forward or gateway is already running,
   * only adds the holder. The task calls this method again if the part was stopped, or if the part has failed and has
   * no `restart`.
   * @param tell called with each state of the part until the promise resolves
   * @throws CodedError if the task names something that does not exist; the signal's reason when aborted
   */
  hold(signal: AbortSignal, tell: (state: PartState) => void): Promise<HeldPart>;
}
