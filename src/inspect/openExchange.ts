import type { Exchange, ExchangeProtocol } from '../kinds/exchange.ts';
import type { Recording } from './recording/recording.ts';
import type { RequestedResource } from './requestTarget.ts';

/** The facts known when an exchange begins. */
export interface ExchangeStart extends Partial<RequestedResource> {
  readonly forward: string;
  /** Optional. The service that the connection was led to by its name. */
  readonly service?: string;
  readonly pod: string;
  readonly protocol: ExchangeProtocol;
  readonly method?: string;
  readonly note?: string;
  /** The time of the request's first byte by the injected clock, in milliseconds. */
  readonly startMs: number;
  /** The same time in milliseconds since the epoch. */
  readonly startedAt: number;
}

/** Begins an exchange. The tap adds the forward, the pod and the wall clock. */
export type BeginExchange = (
  start: Omit<ExchangeStart, 'forward' | 'service' | 'pod' | 'startedAt'>,
) => OpenExchange;

/** The fields that change while an exchange lasts. */
type Progress = Pick<
  Exchange,
  'status' | 'grpcStatus' | 'note' | 'host' | 'requestMessages' | 'responseMessages'
>;

export type ExchangeChange = 'progress' | 'firstByte' | 'end';

/** An exchange in progress or ended. A conversation reports to the exchange, which reports its changes to the log. */
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
  /** Whether the log knows of a change that nobody has read yet, so that another report would be useless. */
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

  /** The current row. */
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

  /** Replaces the counted bytes. */
  setBytes(requestBytes: number, responseBytes: number): void {
    this.#requestBytes = requestBytes;
    this.#responseBytes = responseBytes;
    this.#progressed();
  }

  /** Notes the first byte of the response. Only the first call counts. */
  responded(atMs: number): void {
    if (this.#firstByteMs !== undefined) return;
    this.#firstByteMs = rounded(atMs - this.#startMs);
    this.#onChange(this, 'firstByte');
  }

  /** Ends the exchange. Only the first call counts. @param note why the exchange has no proper end */
  finish(atMs: number, note?: string): void {
    if (!this.isOpen) return;
    this.#durationMs = rounded(atMs - this.#startMs);
    if (note !== undefined) this.#progress = { ...this.#progress, note };
    this.#onChange(this, 'end');
  }

  /** Reports a change at most once until it is read: a download changes its row thousands of times a second. */
  #progressed(): void {
    if (this.#isChanged) return;
    this.#isChanged = true;
    this.#onChange(this, 'progress');
  }
}

/** Rounds to microseconds. */
function rounded(milliseconds: number): number {
  return Math.max(0, Math.round(milliseconds * 1_000) / 1_000);
}
