import { type Clock, raceAbort } from '../../base/async.ts';
import { type Disposable, DisposableStore, toDisposable } from '../../base/disposable.ts';
import { CodedError, isCoded } from '../../base/errors.ts';
import { Emitter } from '../../base/event.ts';
import type { ErrorInfo, ForwardSnapshot, ForwardSpecification } from '../../rpc/contract.ts';
import type { ForwardsModel } from '../forwards/forwardsModel.ts';
import type { HeldForward, HeldForwards } from '../forwards/heldForwards.ts';
import { untilReady } from '../forwards/untilReady.ts';
import { toErrorInfo } from '../host/hostError.ts';
import { errorText } from '../present/errorText.ts';
import { forwardedAddress, forwardTarget } from '../present/forwardText.ts';
import type { Localizer } from '../present/localizer.ts';
import { beginLine, endLine, errorLine, plainLine } from './taskText.ts';

/** One of a task's forwards: what to start is found out anew at each try. */
export interface TaskForward {
  readonly name: string;
  /** Rejects where the task names what does not exist. */
  readonly specification: () => Promise<ForwardSpecification>;
}

export interface ForwardTaskOptions {
  /** For those who share its forwards. */
  readonly name: string;
  readonly forwards: readonly TaskForward[];
  readonly held: HeldForwards;
  readonly model: ForwardsModel;
  readonly l10n: Localizer;
  readonly clock: Clock;
  /** How long a check waits for each forward, milliseconds. */
  readonly timeoutMs: number;
  /** Absolute path of the file that problems are shown at. */
  readonly file: string;
  readonly write: (line: string) => void;
  /** None of its forwards is left, or none came up. */
  readonly onEnd: (exitCode: number) => void;
}

interface Part {
  readonly forward: TaskForward;
  held?: HeldForward;
  /** What was said of it last. */
  said?: ForwardSnapshot['state']['type'];
  /** Why it is not up yet. */
  reason?: string | undefined;
}

/**
 * What a task of the type `kubePortForward` does: it brings its forwards up, says so, and holds them until it is disposed
 * of. Where one can't start it first writes an error and then the end of the check, which makes VS Code ask before it
 * launches a debugger that waits for it.
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

  /** Whether every forward carries traffic now. */
  get isReady(): boolean {
    return this.#parts.every(({ held }) => held?.current?.state.type === 'ready');
  }

  /** Whether any forward carries traffic now. */
  get hasReady(): boolean {
    return this.#parts.some(({ held }) => held?.current?.state.type === 'ready');
  }

  /** What a check waits for, for people. */
  get reason(): string | undefined {
    const reasons = this.#parts.map(({ reason }) => reason).filter((reason) => reason !== undefined);
    return reasons.length === 0 ? undefined : reasons.join(' ');
  }

  /** Brings up what is not. Resolves with whether all carry traffic. One check at a time: who comes later shares it. */
  check(): Promise<boolean> {
    if (this.#check === undefined) this.#cancel = new AbortController();
    this.#check ??= this.#run().finally(() => {
      this.#check = undefined;
      this.#follow();
    });
    return this.#check;
  }

  /** The check that is under way ends at once, with what is not up by now as failed. */
  cancelCheck(): void {
    this.#cancel.abort(new CodedError('STOPPED'));
  }

  /** Lets the forwards go. */
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
    write(endLine(l10n.t('{count} of {total} ports forwarded', { count, total })));
    return count === came.length;
  }

  async #bring(part: Part): Promise<boolean> {
    const timeout = new AbortController();
    const { clock, timeoutMs, write } = this.#options;
    const timer = clock.setTimer(timeoutMs, () =>
      timeout.abort(new CodedError('NOT_CONNECTED', { seconds: timeoutMs / 1000 })),
    );
    try {
      const forward = await this.#start(
        part,
        AbortSignal.any([timeout.signal, this.#abort.signal, this.#cancel.signal]),
      );
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
      timer.dispose();
      this.#tellReason(part, undefined);
    }
  }

  /** Says at once what keeps a forward that is asked for: a check may wait for long. */
  #tellReason(part: Part, reason: string | undefined): void {
    if (part.reason === reason || this.#owned.isDisposed) return;
    part.reason = reason;
    const args = { name: part.forward.name, reason: reason ?? '' };
    const { l10n, write } = this.#options;
    if (reason !== undefined) write(plainLine(l10n.t('{name} is not forwarded yet: {reason}', args)));
    this.#reasonChanged.fire();
  }

  /** Starts the forward, or has it try again where it failed, and waits until it is up. */
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
      // The model may hear of it later.
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
      // Why it is not up says more than that the time is over.
      throw last?.state.type === 'reconnecting' && isCoded(error, 'NOT_CONNECTED') ? failureOf(last) : error;
    }
  }

  /** Says what becomes of the forwards while nobody checks them; ends where none is left. */
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
    if (state.type === 'reconnecting') return errorText(this.#options.l10n, state.error);
    return state.type === 'starting' ? state.waiting : undefined;
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
  return state !== undefined && 'error' in state
    ? new CodedError(state.error.code, state.error.arguments)
    : new CodedError('STOPPED');
}
