import type { Event } from '../../base/event.ts';
import type { ErrorInfo } from '../../rpc/contract.ts';

/** The state of something that a task has started. */
export type PartState =
  /** `waiting`: why it is not ready yet. */
  | { readonly type: 'starting'; readonly waiting?: ErrorInfo }
  | { readonly type: 'ready' | 'stopping' | 'stopped' }
  | { readonly type: 'reconnecting' | 'failed'; readonly error: ErrorInfo };

/** Something that a task has started and holds. */
export interface HeldPart {
  /** Undefined after the part was stopped. */
  readonly state: PartState | undefined;
  /** The local address and the target: `localhost:8080 → service/web:80`. */
  readonly text: string;
  /** Tries again after a failure. Resolves with the next state. Optional, default: the part is held anew. */
  restart?(): Promise<PartState>;
  /** Called by every check that finds the part ready, before the task reports it. Optional. */
  prepare?(signal: AbortSignal): Promise<void>;
  /** Whether programs can use the latest result of `prepare`. Optional, default true. */
  readonly isPrepared?: boolean;
  /** Releases the part. Everything that must not outlive the window is removed before the call returns, without waiting for the promise. */
  release(): Promise<void>;
}

/** Something that a task starts. Its definition is read again for every attempt. */
export interface TaskPart {
  readonly name: string;
  /** `port` for a forward, `names` for a namespace that is opened by name. */
  readonly type: 'port' | 'names';
  readonly onDidChange: Event<void>;
  /**
   * Starts the part, or joins an equal one that is already running.
   * @param tell called with the states of the part until the promise resolves
   * @throws CodedError if the task names something that does not exist; the signal's reason when aborted
   */
  hold(signal: AbortSignal, tell: (state: PartState) => void): Promise<HeldPart>;
}
