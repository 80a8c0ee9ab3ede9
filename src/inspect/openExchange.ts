import type { Exchange, ExchangeProtocol } from '../kinds/exchange.ts';
import type { Recording } from './recording/recording.ts';
import type { RequestedResource } from './requestTarget.ts';

/** What is known when an exchange begins. */
export interface ExchangeStart extends Partial<RequestedResource> {
  readonly forward: string;
  readonly pod: string;
  readonly protocol: ExchangeProtocol;
  readonly method?: string;
  readonly note?: string;
  /** When the first byte of the request passed, by the injected clock. Milliseconds. */
  readonly startMs: number;
  /** The same, since the epoch. */
  readonly startedAt: number;
}

/** Begins an exchange. The tap knows whose it is, and when it began by the wall clock. */
export type BeginExchange = (start: Omit<ExchangeStart, 'forward' | 'pod' | 'startedAt'>) => OpenExchange;

/** What may change while an exchange lasts. */
type Progress = Pick<
  Exchange,
  'status' | 'grpcStatus' | 'note' | 'host' | 'requestMessages' | 'responseMessages'
>;

export type ExchangeChange = 'progress' | 'firstByte' | 'end';

/** An exchange that is in progress, or was. A conversation reports to it, and it reports its changes to the log. */
export class OpenExchange {
  readonly id: number;
  readonly forward: string;
  readonly recording: Recording | undefined;
  readonly #startMs: number;
  readonly #onChange: (exchange: OpenExchange, change: ExchangeChange) => void;
  readonly #start: Omit<Exchange, 'requestBytes' | 'responseBytes' | 'isRecorded' | 'protocol'>;
  #protocol: ExchangeProtocol;
  #progress: Progress = {};
  #requestBytes = 0;
  #responseBytes = 0;
  #firstByteMs: number | undefined;
  #durationMs: number | undefined;
  /** A change was told that nobody has looked at yet: another one would tell nothing. */
  #isChanged = false;

  constructor(
    id: number,
    { startMs, protocol, ...start }: ExchangeStart,
    recording: Recording | undefined,
    onChange: (exchange: OpenExchange, change: ExchangeChange) => void,
  ) {
    this.id = id;
    this.forward = start.forward;
    this.recording = recording;
    this.#startMs = startMs;
    this.#protocol = protocol;
    this.#start = { id, ...start };
    this.#onChange = onChange;
  }

  get isOpen(): boolean {
    return this.#durationMs === undefined;
  }

  get firstByteMs(): number | undefined {
    return this.#firstByteMs;
  }

  /** The row as it is now. */
  get row(): Exchange {
    this.#isChanged = false;
    return {
      ...this.#start,
      ...this.#progress,
      protocol: this.#protocol,
      requestBytes: this.#requestBytes,
      responseBytes: this.#responseBytes,
      isRecorded: this.recording?.isKept ?? false,
      ...(this.#firstByteMs !== undefined && { firstByteMs: this.#firstByteMs }),
      ...(this.#durationMs !== undefined && { durationMs: this.#durationMs }),
    };
  }

  update(progress: Progress, protocol: ExchangeProtocol = this.#protocol): void {
    this.#progress = { ...this.#progress, ...progress };
    this.#protocol = protocol;
    this.#progressed();
  }

  addRequestBytes(bytes: number): void {
    this.#requestBytes += bytes;
    this.#progressed();
  }

  addResponseBytes(bytes: number): void {
    this.#responseBytes += bytes;
    this.#progressed();
  }

  /** In place of what was added. */
  setBytes(requestBytes: number, responseBytes: number): void {
    this.#requestBytes = requestBytes;
    this.#responseBytes = responseBytes;
    this.#progressed();
  }

  /** The first byte of the response passed. Only the first call counts. */
  responded(atMs: number): void {
    if (this.#firstByteMs !== undefined) return;
    this.#firstByteMs = rounded(atMs - this.#startMs);
    this.#onChange(this, 'firstByte');
  }

  /** The exchange is over. Only the first call counts. @param note why it has no proper end */
  finish(atMs: number, note?: string): void {
    if (!this.isOpen) return;
    this.#durationMs = rounded(atMs - this.#startMs);
    if (note !== undefined) this.#progress = { ...this.#progress, note };
    this.#onChange(this, 'end');
  }

  /** A download changes its row thousands of times a second. */
  #progressed(): void {
    if (this.#isChanged) return;
    this.#isChanged = true;
    this.#onChange(this, 'progress');
  }
}

/** Microseconds are enough. */
function rounded(milliseconds: number): number {
  return Math.max(0, Math.round(milliseconds * 1_000) / 1_000);
}
