import { type Clock, deadline, raceAbort } from '../../base/async.ts';
import { type Disposable, DisposableStore, toDisposable } from '../../base/disposable.ts';
import { CodedError, isCoded } from '../../base/errors.ts';
import { Emitter } from '../../base/event.ts';
import type { ErrorInfo } from '../../rpc/messages.ts';
import { fromErrorInfo, toErrorInfo } from '../../rpc/rpcErrors.ts';
import { untilReady } from '../forwards/untilReady.ts';
import { errorText } from '../present/errorText.ts';
import type { Localizer } from '../present/localizer.ts';
import type { HeldPart, PartState, TaskPart } from './taskPart.ts';
import { beginLine, endLine, errorLine, plainLine } from './taskText.ts';

export interface ForwardTaskOptions {
  /** The forwards and namespaces that the task starts. */
  readonly parts: readonly TaskPart[];
  readonly l10n: Localizer;
  readonly clock: Clock;
  /**
   * How long a check waits for each part, in milliseconds. A part that is not ready after this time counts as failed.
   */
  readonly timeoutMs: number;
  /** The absolute path of `tasks.json`. VS Code shows the problems of the task in this file. */
  readonly file: string;
  readonly write: (line: string) => void;
  /**
   * Called when all forwards and namespaces of the task have ended, or when none could start. The caller then ends the
   * task with this exit code: 1 after a failure, otherwise 0.
   */
  readonly onEnd: (exitCode: number) => void;
}

/** A forward or namespace of the task, with its current state. */
interface Part {
  readonly wanted: TaskPart;
  held?: HeldPart;
  /** The last state of the forward or namespace that was written to the terminal. */
  said?: PartState['type'];
  /** Why the forward or namespace is not ready yet, as a sentence to show to the user. */
  reason?: string | undefined;
}

/**
 * A task of type `kubePortForward`. Starts its parts (forwards and namespaces) and writes their states to the terminal.
 * The parts keep running at least until the task is disposed of. If a part cannot start, {@link check} writes an error
 * before the line that ends the check. Because of this error, VS Code asks the user before it launches a debugger that
 * waits for the task.
 */
export class ForwardTask implements Disposable {
  readonly #options: ForwardTaskOptions;
  readonly #owned = new DisposableStore();
  readonly #abort = new AbortController();
  readonly #parts: readonly Part[];
  readonly #reasonChanged = this.#owned.add(new Emitter<void>());
  #check: Promise<boolean> | undefined;
  /**
   * Whether the first check has ended. Before the first check, no part has started. Without this flag, `#follow` would
   * then end the task, as if all its parts had ended.
   */
  #hasChecked = false;
  #cancel = new AbortController();

  readonly onDidChangeReason = this.#reasonChanged.event;

  constructor(options: ForwardTaskOptions) {
    this.#options = options;
    this.#parts = options.parts.map((wanted) => ({ wanted }));
    const changes = new Set(options.parts.map(({ onDidChange }) => onDidChange));
    for (const onDidChange of changes) this.#owned.add(onDidChange(() => this.#follow()));
    this.#owned.add(toDisposable(() => this.#abort.abort(new CodedError('STOPPED'))));
  }

  /** Whether programs can use every forward and namespace of the task. */
  get isReady(): boolean {
    return this.#parts.every(isUsable);
  }

  /** Whether programs can use at least one forward or namespace of the task. */
  get hasReady(): boolean {
    return this.#parts.some(isUsable);
  }

  /** Why the current check is still waiting, as sentences to show to the user. Undefined if no reason is known. */
  get reason(): string | undefined {
    const reasons = this.#parts.map(({ reason }) => reason).filter((reason) => reason !== undefined);
    return reasons.length === 0 ? undefined : reasons.join(' ');
  }

  /**
   * Starts the forwards and namespaces that are not ready, and waits for each until it is ready or `timeoutMs` has
   * passed. Resolves with true if all are ready. Otherwise writes errors to the terminal, and resolves with false.
   * Concurrent calls share one check.
   */
  check(): Promise<boolean> {
    if (this.#check === undefined) this.#cancel = new AbortController();
    this.#check ??= this.#run().finally(() => {
      this.#check = undefined;
      this.#hasChecked = true;
      this.#follow();
    });
    return this.#check;
  }

  /** Ends the current check at once. Forwards and namespaces that are not ready count as failed. */
  cancelCheck(): void {
    this.#cancel.abort(new CodedError('STOPPED'));
  }

  /** Releases the forwards and namespaces of the task. Those that have no other users end. */
  dispose(): void {
    if (this.#owned.isDisposed) return;
    this.#owned.dispose();
    for (const part of this.#parts) this.#letGo(part);
  }

  async #run(): Promise<boolean> {
    // VS Code may close the terminal without ever opening it. `ForwardTerminal.close` then disposes of the task, and
    // starts the check only to settle the promise `firstCheck`, for which callers wait. So the check ends at once.
    if (this.#owned.isDisposed) return false;
    const { write } = this.#options;
    write(beginLine(this.#beginText()));
    const came = await Promise.all(this.#parts.map((part) => this.#bring(part)));
    if (this.#owned.isDisposed) return false;
    const count = came.filter((isUp) => isUp).length;
    write(endLine(this.#endText(count)));
    return count === came.length;
  }

  get #hasOnlyPorts(): boolean {
    return this.#parts.every(({ wanted }) => wanted.type === 'port');
  }

  #beginText(): string {
    const { l10n } = this.#options;
    const total = this.#parts.length;
    if (!this.#hasOnlyPorts) {
      return l10n.t('Forwarding {names}', { names: this.#parts.map(({ wanted }) => wanted.name).join(', ') });
    }
    return total === 1 ? l10n.t('Forwarding 1 port') : l10n.t('Forwarding {total} ports', { total });
  }

  #endText(count: number): string {
    const { l10n } = this.#options;
    const total = this.#parts.length;
    if (!this.#hasOnlyPorts) return l10n.t('{count} of {total} forwarded', { count, total });
    return total === 1
      ? l10n.t('{count} of 1 port forwarded', { count })
      : l10n.t('{count} of {total} ports forwarded', { count, total });
  }

  async #bring(part: Part): Promise<boolean> {
    const { clock, timeoutMs, write } = this.#options;
    const cancelled = AbortSignal.any([this.#abort.signal, this.#cancel.signal]);
    const timedOut = () => new CodedError('NOT_CONNECTED', { seconds: timeoutMs / 1000 });
    using limit = deadline(cancelled, timeoutMs, timedOut, clock);
    try {
      const state = await this.#start(part, limit.signal);
      if (state?.type !== 'ready') throw failureOf(state);
      await part.held?.prepare?.(limit.signal);
      write(plainLine(`${part.wanted.name}: ${part.held?.text ?? ''}`));
      part.said = 'ready';
      return true;
    } catch (error) {
      if (!this.#owned.isDisposed) this.#sayFailure(part, toErrorInfo(error));
      return false;
    } finally {
      this.#reportReason(part, undefined);
    }
  }

  /**
   * Stores why a part is not ready, for progress notifications ({@link reason}). Also writes the reason to the terminal
   * at once, because the check may still take a long time.
   */
  #reportReason(part: Part, reason: string | undefined): void {
    if (part.reason === reason || this.#owned.isDisposed) return;
    part.reason = reason;
    const args = { name: part.wanted.name, reason: reason ?? '' };
    const { l10n, write } = this.#options;
    if (reason !== undefined) write(plainLine(l10n.t('{name} is not forwarded yet: {reason}', args)));
    this.#reasonChanged.fire();
  }

  /**
   * Starts the part if it does not run, or restarts the part if it has failed. Waits until the part is ready, has
   * failed or was stopped, and returns this state. Returns undefined if the part was stopped and its forward or gateway
   * is no longer listed.
   */
  async #start(part: Part, signal: AbortSignal): Promise<PartState | undefined> {
    const { wanted, held } = part;
    const reportState = (state: PartState): void => {
      const reason = this.#reasonOf(state);
      if (reason !== undefined) this.#reportReason(part, reason);
    };
    let isNews = true;
    const type = held?.state?.type;
    if (type === 'failed' && held?.restart !== undefined) {
      const restarted = await raceAbort(held.restart(), signal);
      if (restarted.type === 'failed') return restarted;
      // The part may still report the state `failed` from before the restart. So `read` returns `starting` instead of
      // `failed` until the part has reported another state.
      isNews = false;
    } else if (type === undefined || type === 'failed') {
      this.#letGo(part);
      part.held = await wanted.hold(signal, reportState);
    }
    const read = (): { readonly state: PartState } | undefined => {
      const state = part.held?.state;
      isNews ||= state?.type !== 'failed';
      if (state !== undefined) reportState(state);
      return state && { state: isNews ? state : { type: 'starting' } };
    };
    try {
      return (await untilReady(wanted, read, signal))?.state;
    } catch (error) {
      // If the part has an error when the time is over, throws that error. It says more about the cause than
      // `NOT_CONNECTED`, which only says that the time is over.
      const last = isCoded(error, 'NOT_CONNECTED') ? part.held?.state : undefined;
      if (last?.type === 'reconnecting') throw failureOf(last);
      if (wanted.type === 'names' && last?.type === 'starting' && last.waiting !== undefined) {
        throw fromErrorInfo(last.waiting);
      }
      throw error;
    }
  }

  /**
   * Writes changed states of the parts to the terminal while no check runs, and ends the task if all parts have ended.
   */
  #follow(): void {
    if (!this.#hasChecked || this.#check !== undefined || this.#owned.isDisposed) return;
    const { l10n, write } = this.#options;
    for (const part of this.#parts) {
      const current = part.held?.state;
      const type = current?.type ?? 'stopped';
      const hasFailed = part.said === 'failed' && type === 'stopped';
      if (part.said === undefined || part.said === type || hasFailed) continue;
      part.said = type;
      const args = { name: part.wanted.name };
      if (current?.type === 'failed') this.#sayFailure(part, current.error);
      else if (type === 'ready') write(plainLine(l10n.t('{name}: reconnected', args)));
      else if (type === 'reconnecting') write(plainLine(l10n.t('{name}: reconnecting', args)));
      else if (type === 'stopped') write(plainLine(l10n.t('{name}: stopped', args)));
    }
    const states = this.#parts.map(({ held }) => held?.state?.type);
    if (states.some((type) => type !== undefined && type !== 'failed')) return;
    this.#options.onEnd(
      states.includes('failed') || this.#parts.some(({ held }) => held === undefined) ? 1 : 0,
    );
  }

  #reasonOf(state: PartState): string | undefined {
    const reason =
      state.type === 'reconnecting' ? state.error : state.type === 'starting' ? state.waiting : undefined;
    return reason && errorText(this.#options.l10n, reason);
  }

  #sayFailure(part: Part, error: ErrorInfo): void {
    const { file, l10n, write } = this.#options;
    const reason = errorText(l10n, error);
    part.said = 'failed';
    write(errorLine(file, l10n.t("Couldn't forward {name}: {reason}", { name: part.wanted.name, reason })));
  }

  #letGo(part: Part): void {
    const { held } = part;
    delete part.held;
    held?.release().catch(() => {});
  }
}

function isUsable({ held }: Part): boolean {
  return held?.state?.type === 'ready' && held.isPrepared !== false;
}

function failureOf(state: PartState | undefined): CodedError {
  return state !== undefined && 'error' in state ? fromErrorInfo(state.error) : new CodedError('STOPPED');
}
