import { garbageCollector } from './garbageCollector.ts';

/** Bytes of payload from one scavenge to the next. With 32 MB, V8 collects first again. With 4 MB, nothing more is saved. */
const PAYLOAD_BYTES = 8_000_000;

/**
 * Frees the buffers that payload or answers came in, before V8 does. For each 64 MB of them V8 marks the whole heap, on all cores: a third of the CPU time of a
 * transfer. A scavenge looks at young objects only and takes less than a millisecond. The memory that it frees is still in the processor's cache.
 */
export class BufferScavenger {
  readonly #scavenge: () => void;
  #bytes = 0;

  /** @param scavenge optional, replaced in tests */
  constructor(scavenge: () => void = lazyScavenge()) {
    this.#scavenge = scavenge;
  }

  /** Payload has passed. @param bytes how much */
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
