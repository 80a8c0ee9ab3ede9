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
  /** Undefined after it was stopped. */
  readonly state: PartState | undefined;
  /** What can be reached where: `localhost:8080 → service/web:80`. */
  readonly text: string;
  /** Tries again after a failure. Resolves with the next state. Optional, default: the part is held anew. */
  restart?(): Promise<PartState>;
  /** Called by every check that finds it ready, before the task says so. Optional. */
  prepare?(signal: AbortSignal): Promise<void>;
  /** Whether programs can use what `prepare` made last. Optional, default true. */
  readonly isPrepared?: boolean;
  /** Lets go of it. What has to be gone when the window closes is gone when the call returns. */
  release(): Promise<void>;
}

/** Something that a task starts. What the task says about it is read again for every attempt. */
export interface TaskPart {
  readonly name: string;
  /** `port` for a forward, `names` for a namespace that is opened by name. */
  readonly type: 'port' | 'names';
  readonly onDidChange: Event<void>;
  /**
   * Starts it, or joins what is there.
   * @param tell called with its states until the first is known
   * @throws CodedError if the task names something that does not exist; the signal's reason when aborted
   */
  hold(signal: AbortSignal, tell: (state: PartState) => void): Promise<HeldPart>;
}
