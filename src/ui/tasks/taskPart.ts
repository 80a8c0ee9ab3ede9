import type { Event } from '../../base/event.ts';
import type { ErrorInfo } from '../../rpc/messages.ts';

/** The state of one part of a task: of a forward, or of a namespace that is open in a gateway. */
export type PartState =
  /** `waiting`: why the forward or namespace is not ready yet. Optional, default: no reason is known. */
  | { readonly type: 'starting'; readonly waiting?: ErrorInfo }
  | { readonly type: 'ready' | 'stopping' | 'stopped' }
  | { readonly type: 'reconnecting' | 'failed'; readonly error: ErrorInfo };

/**
 * A part that the task holds. This means that the task is one of the users of the forward or gateway, which therefore
 * keeps running at least until the task releases the part.
 */
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
   * Writes the files that programs need to use the part, such as an environment file. When the state is `ready`,
   * `ForwardTask.check` calls this method before it reports the part as ready. Optional, default: programs need no
   * files.
   */
  prepare?(signal: AbortSignal): Promise<void>;
  /**
   * Whether the files that `prepare` wrote are still up to date. If not, the part does not count as ready. Optional,
   * default true.
   */
  readonly isPrepared?: boolean;
  /**
   * Ends the use of the part by the task. The forward or gateway ends if it has no other users. Removes files before
   * the method returns, because a closing window does not wait for the promise.
   */
  release(): Promise<void>;
}

/**
 * A part of a task: a forward, or a namespace that the task opens in a gateway. A gateway is a local port through which
 * programs reach all services of its namespaces by name.
 */
export interface TaskPart {
  readonly name: string;
  /** `port` for a forward, `names` for a namespace. */
  readonly type: 'port' | 'names';
  readonly onDidChange: Event<void>;
  /**
   * Starts the forward, or opens the namespace in its gateway. Makes the task one of the users (holders) of the forward
   * or gateway, which keeps running until its last holder has released it. If the forward or gateway is already
   * running, only adds the holder. The task calls this method again if the part was stopped, or if the part has failed
   * and {@link HeldPart.restart} is undefined.
   * @param onState called with each new state until the promise settles
   * @throws CodedError if the task names something that does not exist; the signal's reason when aborted
   */
  hold(signal: AbortSignal, onState: (state: PartState) => void): Promise<HeldPart>;
}
