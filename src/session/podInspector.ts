import type { Clock } from '../base/async.ts';
import { type Disposable, DisposableStore, toDisposable } from '../base/disposable.ts';
import { isCoded } from '../base/errors.ts';
import type { PodState, ResolvedTarget, SessionTarget } from './ports.ts';

/** By then the watch should have shown the pod. Milliseconds. */
const FIRST_LOOK_MS = 5_000;
/** How often it is looked at while the watch does not show it. Milliseconds. */
const INTERVAL_MS = 10_000;
/** How far looks are apart, at least, that failing connections give reason for. Milliseconds. */
const SUSPICION_INTERVAL_MS = 2_000;

export interface PodInspectorOptions {
  readonly target: SessionTarget;
  readonly pod: ResolvedTarget['pod'];
  readonly clock: Clock;
  /** Whether the watch knows the pod. */
  readonly isConfirmed: () => boolean;
  readonly onInspected: (pod: PodState | undefined) => void;
}

/**
 * Looks at the pod of an attempt where the watch does not tell of it: it may be forbidden, or too late to have seen a pod that
 * came and went. Also when connections fail in the pod. Disposing ends the looking.
 */
export class PodInspector implements Disposable {
  readonly #options: PodInspectorOptions;
  readonly #owned = new DisposableStore();
  readonly #abort = new AbortController();
  #timer: Disposable | undefined;
  #lastLookMs = Number.NEGATIVE_INFINITY;

  constructor(options: PodInspectorOptions) {
    this.#options = options;
    this.#owned.add(toDisposable(() => this.#abort.abort()));
    this.#owned.add(toDisposable(() => this.#timer?.dispose()));
    this.#schedule(FIRST_LOOK_MS);
  }

  /** A connection failed in the pod. */
  suspect(): void {
    const { clock } = this.#options;
    if (clock.now() - this.#lastLookMs < SUSPICION_INTERVAL_MS) return;
    void this.#look();
  }

  dispose(): void {
    this.#owned.dispose();
  }

  #schedule(delayMs: number): void {
    if (this.#owned.isDisposed) return;
    this.#timer?.dispose();
    this.#timer = this.#options.clock.setTimer(delayMs, () => {
      if (!this.#options.isConfirmed()) void this.#look();
    });
  }

  /** Never rejects. */
  async #look(): Promise<void> {
    const { target, pod, clock, onInspected } = this.#options;
    this.#lastLookMs = clock.now();
    try {
      const found = await target.inspect(pod, this.#abort.signal);
      if (this.#owned.isDisposed) return;
      onInspected(found);
    } catch (error) {
      // Who may not look need not try again.
      if (isCoded(error, 'FORBIDDEN')) return this.dispose();
    }
    this.#schedule(INTERVAL_MS);
  }
}
