import { type Clock, deadline, raceAbort } from '../../base/async.ts';
import { type Disposable, DisposableStore, toDisposable } from '../../base/disposable.ts';
import { CodedError, isCoded } from '../../base/errors.ts';
import { Emitter } from '../../base/event.ts';
import type { ErrorInfo, ForwardSnapshot, ForwardSpecification } from '../../rpc/contract.ts';
import { fromErrorInfo, toErrorInfo } from '../../rpc/rpcErrors.ts';
import type { ForwardsModel } from '../forwards/forwardsModel.ts';
import type { HeldForward, HeldForwards } from '../forwards/heldForwards.ts';
import { untilReady } from '../forwards/untilReady.ts';
import { errorText } from '../present/errorText.ts';
import { forwardedAddress, forwardTarget } from '../present/forwardText.ts';
import type { Localizer } from '../present/localizer.ts';
import { beginLine, endLine, errorLine, plainLine } from './taskText.ts';

/** A forward of a task. Its specification is resolved again for every attempt. */
export interface TaskForward {
  readonly name: string;
  /** Rejects if the task names something that does not exist. */
  readonly specification: () => Promise<ForwardSpecification>;
}

export interface ForwardTaskOptions {
  /** The task name that other users of its forwards see. */
  readonly name: string;
  readonly forwards: readonly TaskForward[];
  readonly held: HeldForwards;
  readonly model: ForwardsModel;
  readonly l10n: Localizer;
  readonly clock: Clock;
  /** How long a check waits for each forward. */
  readonly timeoutMs: number;
  /** Absolute path of the file that shows the problems. */
  readonly file: string;
  readonly write: (line: string) => void;
  /** Called when no forward is left, or none connected. */
  readonly onEnd: (exitCode: number) => void;
}

interface Part {
  readonly forward: TaskForward;
  held?: HeldForward;
  /** The state that was last written for the forward. */
  said?: ForwardSnapshot['state']['type'];
  /** Why the forward is not ready yet. */
  reason?: string | undefined;
}

/**
 * A task of type `kubePortForward`: starts its forwards, reports their states, and holds them until disposed. If a forward cannot
 * start, it first writes an error and then the end of the check, so that VS Code asks before it launches a waiting debugger.
 */
export class ForwardTask implements Disposable {
  readonly #options: ForwardTaskOptions;
  readonly #owned = new DisposableStore();
  readonly #abort = new AbortController();
  readonly #parts: readonly Part[];
  readonly #reasonChanged = this.#owned.add(new Emitter<void>());
  #check: Promise<boolean> | undefined;
  #cancel = new AbortController();

  readonly onDidChangeReason = this.#reasonChanged.event;

  constructor(options: ForwardTaskOptions) {
    this.#options = options;
    this.#parts = options.forwards.map((forward) => ({ forward }));
    this.#owned.add(options.model.onDidChange(() => this.#follow()));
    this.#owned.add(toDisposable(() => this.#abort.abort(new CodedError('STOPPED'))));
  }

  /** Whether every forward is ready. */
  get isReady(): boolean {
    return this.#parts.every(({ held }) => held?.current?.state.type === 'ready');
  }

  /** Whether any forward is ready. */
  get hasReady(): boolean {
    return this.#parts.some(({ held }) => held?.current?.state.type === 'ready');
  }

  /** The reason why a check waits, as text for users. */
  get reason(): string | undefined {
    const reasons = this.#parts.map(({ reason }) => reason).filter((reason) => reason !== undefined);
    return reasons.length === 0 ? undefined : reasons.join(' ');
  }

  /** Starts the forwards that are not ready. Resolves with whether all are ready. Concurrent calls share one check. */
  check(): Promise<boolean> {
    if (this.#check === undefined) this.#cancel = new AbortController();
    this.#check ??= this.#run().finally(() => {
      this.#check = undefined;
      this.#follow();
    });
    return this.#check;
  }

  /** Ends the current check at once. Forwards that are not ready count as failed. */
  cancelCheck(): void {
    this.#cancel.abort(new CodedError('STOPPED'));
  }

  /** Releases the forwards. */
  dispose(): void {
    if (this.#owned.isDisposed) return;
    this.#owned.dispose();
    for (const part of this.#parts) this.#letGo(part);
  }

  async #run(): Promise<boolean> {
    const { l10n, write } = this.#options;
    const total = this.#parts.length;
    write(
      beginLine(total === 1 ? l10n.t('Forwarding 1 port') : l10n.t('Forwarding {total} ports', { total })),
    );
    const came = await Promise.all(this.#parts.map((part) => this.#bring(part)));
    if (this.#owned.isDisposed) return false;
    const count = came.filter((isUp) => isUp).length;
    write(
      endLine(
        total === 1
          ? l10n.t('{count} of 1 port forwarded', { count })
          : l10n.t('{count} of {total} ports forwarded', { count, total }),
      ),
    );
    return count === came.length;
  }

  async #bring(part: Part): Promise<boolean> {
    const { clock, timeoutMs, write } = this.#options;
    const cancelled = AbortSignal.any([this.#abort.signal, this.#cancel.signal]);
    const timedOut = () => new CodedError('NOT_CONNECTED', { seconds: timeoutMs / 1000 });
    using limit = deadline(cancelled, timeoutMs, timedOut, clock);
    try {
      const forward = await this.#start(part, limit.signal);
      if (forward?.state.type !== 'ready') throw failureOf(forward);
      write(
        plainLine(`${part.forward.name}: ${forwardedAddress(forward) ?? ''} → ${forwardTarget(forward)}`),
      );
      part.said = 'ready';
      return true;
    } catch (error) {
      if (!this.#owned.isDisposed) this.#sayFailure(part, toErrorInfo(error));
      return false;
    } finally {
      this.#tellReason(part, undefined);
    }
  }

  /** Writes the reason why a forward is not ready at once, because a check may take long. */
  #tellReason(part: Part, reason: string | undefined): void {
    if (part.reason === reason || this.#owned.isDisposed) return;
    part.reason = reason;
    const args = { name: part.forward.name, reason: reason ?? '' };
    const { l10n, write } = this.#options;
    if (reason !== undefined) write(plainLine(l10n.t('{name} is not forwarded yet: {reason}', args)));
    this.#reasonChanged.fire();
  }

  /** Starts or retries the forward and waits until it is ready. */
  async #start(part: Part, signal: AbortSignal): Promise<ForwardSnapshot | undefined> {
    const { model, held } = this.#options;
    const current = part.held?.current;
    const tell = (forward: ForwardSnapshot): void => {
      const reason = this.#reasonOf(forward);
      if (reason !== undefined) this.#tellReason(part, reason);
    };
    let isNews = true;
    if (current?.state.type === 'failed') {
      const restarted = await raceAbort(model.restart(current.id), signal);
      if (restarted.state.type === 'failed') return restarted;
      // The model may learn of the restart later.
      isNews = false;
    } else if (current === undefined) {
      this.#letGo(part);
      const specification = await raceAbort(part.forward.specification(), signal);
      part.held = await held.hold(specification, { kind: 'task', name: this.#options.name }, signal, tell);
    }
    const read = (): ForwardSnapshot | undefined => {
      const now = part.held?.current;
      isNews ||= now?.state.type !== 'failed';
      if (now !== undefined) tell(now);
      return now === undefined || isNews ? now : { ...now, state: { type: 'starting' } };
    };
    try {
      return await untilReady(model, read, signal);
    } catch (error) {
      const last = part.held?.current;
      // The last error tells more than the timeout.
      throw last?.state.type === 'reconnecting' && isCoded(error, 'NOT_CONNECTED') ? failureOf(last) : error;
    }
  }

  /** Writes state changes between checks, and ends the task if no forward is left. */
  #follow(): void {
    if (this.#check !== undefined || this.#owned.isDisposed) return;
    const { l10n, write } = this.#options;
    for (const part of this.#parts) {
      const current = part.held?.current;
      const type = current?.state.type ?? 'stopped';
      const isOver = part.said === 'failed' && type === 'stopped';
      if (part.said === undefined || part.said === type || isOver) continue;
      part.said = type;
      const args = { name: part.forward.name };
      if (current?.state.type === 'failed') this.#sayFailure(part, current.state.error);
      else if (type === 'ready') write(plainLine(l10n.t('{name}: reconnected', args)));
      else if (type === 'reconnecting') write(plainLine(l10n.t('{name}: reconnecting', args)));
      else if (type === 'stopped') write(plainLine(l10n.t('{name}: stopped', args)));
    }
    const states = this.#parts.map(({ held }) => held?.current?.state.type);
    if (states.some((type) => type !== undefined && type !== 'failed')) return;
    this.#options.onEnd(
      states.includes('failed') || this.#parts.some(({ held }) => held === undefined) ? 1 : 0,
    );
  }

  #reasonOf({ state }: ForwardSnapshot): string | undefined {
    const reason =
      state.type === 'reconnecting' ? state.error : state.type === 'starting' ? state.waiting : undefined;
    return reason && errorText(this.#options.l10n, reason);
  }

  #sayFailure(part: Part, error: ErrorInfo): void {
    const { file, l10n, write } = this.#options;
    const reason = errorText(l10n, error);
    part.said = 'failed';
    write(errorLine(file, l10n.t("Couldn't forward {name}: {reason}", { name: part.forward.name, reason })));
  }

  #letGo(part: Part): void {
    const { held } = part;
    delete part.held;
    held?.release().catch(() => {});
  }
}

function failureOf(forward: ForwardSnapshot | undefined): CodedError {
  const state = forward?.state;
  return state !== undefined && 'error' in state ? fromErrorInfo(state.error) : new CodedError('STOPPED');
}
