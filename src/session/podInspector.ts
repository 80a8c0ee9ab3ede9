import type { Clock } from '../base/async.ts';
import { type Disposable, DisposableStore, toDisposable } from '../base/disposable.ts';
import { isCoded } from '../base/errors.ts';
import type { PodState, ResolvedTarget, SessionTarget } from './ports.ts';

/** The watch should have shown the pod by then. */
const FIRST_LOOK_MS = 5_000;
/** Time between two looks while the watch does not show the pod. */
const INTERVAL_MS = 10_000;
/** Shortest time between two looks that failing connections cause. */
const SUSPICION_INTERVAL_MS = 2_000;

export interface PodInspectorOptions {
  readonly target: SessionTarget;
  readonly pod: ResolvedTarget['pod'];
  readonly clock: Clock;
  /** Whether the watch has shown the pod. */
  readonly isConfirmed: () => boolean;
  readonly onInspected: (pod: PodState | undefined) => void;
}

/**
 * Looks at the pod of an attempt by direct requests. The watch may be forbidden, or may have started too late to see a
 * short-lived pod. A failed connection is another reason to look. The caller disposes of the inspector.
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

  /** Looks at the pod soon, because a connection failed in it. */
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
      // A user without the right will not get it by asking again.
      if (isCoded(error, 'FORBIDDEN')) return this.dispose();
    }
    this.#schedule(INTERVAL_MS);
  }
}
