import { garbageCollector } from './garbageCollector.ts';

/**
 * The number of payload bytes between two scavenges (minor garbage collections). With a larger number, such as 32 MB,
 * V8 would start its own, slower collection first. A smaller number, such as 4 MB, would not save more CPU time.
 */
const PAYLOAD_BYTES = 8_000_000;

/**
 * Frees the buffers of received data (payload of forwards, responses of API servers) by starting scavenges (minor
 * garbage collections). Without these scavenges, V8 would mark the whole heap on all cores after each 64 MB of buffers,
 * which takes a third of the CPU time of a transfer. A scavenge checks only young objects, takes less than a
 * millisecond, and frees memory that is still in the processor's cache.
 */
export class BufferScavenger {
  readonly #scavenge: () => void;
  #bytes = 0;

  /** @param scavenge runs one minor garbage collection. Optional: tests replace it */
  constructor(scavenge: () => void = lazyScavenge()) {
    this.#scavenge = scavenge;
  }

  /** Counts `bytes` of received payload. Starts a scavenge after every 8 MB. */
  add(bytes: number): void {
    this.#bytes += bytes;
    if (this.#bytes < PAYLOAD_BYTES) return;
    this.#bytes = 0;
    this.#scavenge();
  }
}

function lazyScavenge(): () => void {
  let collect: ReturnType<typeof garbageCollector> | undefined;
  return () => {
    collect ??= garbageCollector();
    collect({ type: 'minor', execution: 'sync' });
  };
}
