import { defined } from '../base/defined.ts';
import type { Exchange, ExchangeProtocol } from '../kinds/exchange.ts';
import type { Recording } from './recording/recording.ts';
import type { RequestedResource } from './requestTarget.ts';

/** The facts that are known when an exchange (a request with its response) begins. */
export interface ExchangeStart extends Partial<RequestedResource> {
  readonly forward: string;
  /** The service that the local client requested through a gateway: `web.demo`. Optional. */
  readonly service?: string;
  readonly pod: string;
  readonly protocol: ExchangeProtocol;
  readonly method?: string;
  readonly note?: string;
  /** The time of the request's first byte on the monotonic clock of the request log, in milliseconds. */
  readonly startMs: number;
  /** The time of the request's first byte in milliseconds since the epoch. */
  readonly startedAt: number;
}

/**
 * Adds an exchange to the request log, and returns it. Called by the parser of a connection, which does not know the
 * omitted fields; `ForwardRequestLog` adds them.
 */
export type BeginExchange = (
  start: Omit<ExchangeStart, 'forward' | 'service' | 'pod' | 'startedAt'>,
) => OpenExchange;

/** The fields that change while an exchange lasts. */
type Progress = Pick<
  Exchange,
  'status' | 'grpcStatus' | 'note' | 'host' | 'requestMessages' | 'responseMessages'
>;

export type ExchangeChange = 'progress' | 'firstByte' | 'end';

/**
 * An exchange of the request log, in progress or ended. The parser of the connection calls the methods to update the
 * exchange. The exchange reports each change to the log.
 */
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
  /**
   * Whether a change was reported, but {@link row} has not been read since. While this is true, progress is not
   * reported again, because the subscriber will read the latest row anyway.
   */
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

  /** The current row of the log for this exchange. After the row was read, the next change is reported again. */
  get row(): Exchange {
    this.#isChanged = false;
    return {
      ...this.#start,
      ...this.#progress,
      protocol: this.#protocol,
      requestBytes: this.#requestBytes,
      responseBytes: this.#responseBytes,
      isRecorded: this.recording?.isKept ?? false,
      ...defined({ firstByteMs: this.#firstByteMs, durationMs: this.#durationMs }),
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

  /** Sets the byte counts to totals that the caller has counted. */
  setBytes(requestBytes: number, responseBytes: number): void {
    this.#requestBytes = requestBytes;
    this.#responseBytes = responseBytes;
    this.#progressed();
  }

  /** Records the time of the response's first byte. Later calls have no effect. */
  responded(atMs: number): void {
    if (this.#firstByteMs !== undefined) return;
    this.#firstByteMs = rounded(atMs - this.#startMs);
    this.#onChange(this, 'firstByte');
  }

  /**
   * Ends the exchange. Later calls have no effect.
   * @param note the reason why the exchange is incomplete; undefined if it is complete
   */
  finish(atMs: number, note?: string): void {
    if (!this.isOpen) return;
    this.#durationMs = rounded(atMs - this.#startMs);
    if (note !== undefined) this.#progress = { ...this.#progress, note };
    this.#onChange(this, 'end');
  }

  /**
   * Reports progress to the log. Does nothing if the row was not read since the last report: a download changes its row
   * thousands of times per second.
   */
  #progressed(): void {
    if (this.#isChanged) return;
    this.#isChanged = true;
    this.#onChange(this, 'progress');
  }
}

/** Rounds milliseconds to whole microseconds, and negative times to 0. */
function rounded(milliseconds: number): number {
  return Math.max(0, Math.round(milliseconds * 1_000) / 1_000);
}
