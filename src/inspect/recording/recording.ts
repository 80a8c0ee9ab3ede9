import { defined } from '../../base/defined.ts';
import type { RecordedMessage } from '../../kinds/exchange.ts';
import type { Field } from '../field.ts';
import { keptBeginning, keptBytes, keptText } from '../kept.ts';
import { redactField } from '../redaction.ts';
import { decodeBody } from './decodeBody.ts';
import type { MemoryBudget } from './memoryBudget.ts';
import { redactBody, redactRequestQuery } from './redactBody.ts';

/** The maximum number of bytes that are recorded of a body. Further bytes are dropped (`isTruncated`). */
export const BODY_LIMIT = 65_536;
const FIELD_LIMIT = 8_192;
/** The maximum length of a value of `Content-Type` or `Content-Encoding`. The rest of a longer value is ignored. */
const CODING_LIMIT = 1_000;
const FIELDS_LIMIT = 200;
/**
 * The maximum number of recorded bytes of a head. The fields after this limit are dropped. Most heads are far smaller.
 */
const HEAD_LIMIT = 65_536;
/**
 * The approximate memory that a recorded header field needs in addition to its characters, in bytes: two string objects
 * and an element of the list. The memory limit of all recordings includes this memory.
 */
const FIELD_OVERHEAD = 64;
const FIRST_CAPACITY = 512;

/**
 * The recorded heads and bodies of one exchange. Secrets are redacted before anything can be read: in a head at once,
 * in a body when the exchange ends.
 */
export class Recording {
  readonly #budget: MemoryBudget;
  readonly #request: RecordedSide;
  readonly #response: RecordedSide;
  #query: string | undefined;
  #bytes = 0;
  #isKept = true;
  #sealed: Promise<void> | undefined;

  constructor(budget: MemoryBudget) {
    this.#budget = budget;
    const take = (bytes: number) => this.#take(bytes);
    const giveBack = (bytes: number) => this.#giveBack(bytes);
    this.#request = new RecordedSide(take, giveBack);
    this.#response = new RecordedSide(take, giveBack);
  }

  /** Whether the recording still has its data. False after {@link discard}. */
  get isKept(): boolean {
    return this.#isKept;
  }

  /** Sets the head and the query of the request, as texts with one character per byte (Latin-1). */
  setRequest(head: readonly Field[], query: string | undefined): void {
    this.#request.addHead(head);
    const kept = query === undefined ? undefined : redactRequestQuery(keptText(query, FIELD_LIMIT));
    if (kept !== undefined && this.#take(Buffer.byteLength(kept))) this.#query = kept;
  }

  /** Adds the headers or the trailers of the final response. */
  addResponseHead(head: readonly Field[]): void {
    this.#response.addHead(head);
  }

  addRequestBody(chunk: Buffer): void {
    this.#request.addBody(chunk);
  }

  addResponseBody(chunk: Buffer): void {
    this.#response.addBody(chunk);
  }

  /** Marks the request or the response as incomplete. Called if the exchange ends before all its bytes have arrived. */
  cut(side: 'request' | 'response'): void {
    (side === 'request' ? this.#request : this.#response).cut();
  }

  /**
   * Called when the exchange has ended. Stops recording, and redacts the secrets in the bodies. The bodies can be read
   * only after that. If redaction fails, discards the recording.
   */
  seal(): void {
    this.#sealed ??= Promise.all([this.#request.seal(), this.#response.seal()]).then(
      () => {},
      () => this.discard(),
    );
  }

  /** Discards all recorded data and releases its memory. */
  discard(): void {
    this.#isKept = false;
    this.#query = undefined;
    this.#request.discard();
    this.#response.discard();
    this.#budget.giveBack(this.#bytes);
    this.#bytes = 0;
  }

  /** Resolves with the recorded request and response; undefined if the recording was discarded. */
  async read(): Promise<
    | { readonly request: RecordedMessage; readonly response: RecordedMessage; readonly query?: string }
    | undefined
  > {
    await this.#sealed;
    if (!this.#isKept) return undefined;
    const query = this.#query;
    return {
      request: this.#request.message,
      response: this.#response.message,
      ...defined({ query }),
    };
  }

  #take(bytes: number): boolean {
    // Checks `#isKept` again after taking memory, because the budget may discard this recording itself to make room.
    if (!this.#isKept || !this.#budget.take(bytes)) return false;
    if (!this.#isKept) {
      this.#budget.giveBack(bytes);
      return false;
    }
    this.#bytes += bytes;
    return true;
  }

  #giveBack(bytes: number): void {
    this.#bytes -= bytes;
    this.#budget.giveBack(bytes);
  }
}

class RecordedSide {
  readonly #take: (bytes: number) => boolean;
  readonly #giveBack: (bytes: number) => void;
  #head: readonly Field[] = [];
  #type = '';
  #encoding = '';
  /**
   * The body as it was transferred, before decoding, in one buffer with room for more bytes. A list of chunks is not
   * used, because chunks of one byte would need a hundred times as much memory.
   */
  #passed: Buffer = Buffer.alloc(0);
  #length = 0;
  #isTruncated = false;
  #isClosed = false;
  #isDiscarded = false;
  #body: Buffer = Buffer.alloc(0);

  constructor(take: (bytes: number) => boolean, giveBack: (bytes: number) => void) {
    this.#take = take;
    this.#giveBack = giveBack;
  }

  get message(): RecordedMessage {
    // While the exchange lasts, the secrets in the body are not redacted yet, so the body cannot be read. The message
    // then looks truncated.
    const isPending = !this.#isClosed && this.#length > 0;
    const isTruncated = this.#isTruncated || isPending;
    return { head: this.#head, body: this.#body.toString('base64'), isTruncated };
  }

  addHead(head: readonly Field[]): void {
    for (const [name, value] of head) {
      if (/^content-type$/i.test(name)) this.#type = keptBeginning(value, CODING_LIMIT);
      if (/^content-encoding$/i.test(name))
        this.#encoding = keptBeginning(`${this.#encoding},${value}`, CODING_LIMIT);
    }
    const kept: Field[] = [];
    let bytes = 0;
    for (const [name, value] of head.slice(0, FIELDS_LIMIT - this.#head.length)) {
      const field = redactField([keptText(name, FIELD_LIMIT), keptText(value, FIELD_LIMIT)]);
      bytes += Buffer.byteLength(field[0]) + Buffer.byteLength(field[1]) + FIELD_OVERHEAD;
      if (bytes > HEAD_LIMIT) break;
      kept.push(field);
    }
    if (this.#take(bytes)) this.#head = [...this.#head, ...kept];
  }

  addBody(chunk: Buffer): void {
    // Drops bytes that arrive after the exchange has ended: an exchange ends with its response, even if the body of the
    // request has not ended.
    if (this.#isClosed) this.#isTruncated = true;
    if (this.#isTruncated) return;
    const part = chunk.subarray(0, BODY_LIMIT - this.#length);
    const hasRoom = this.#reserve(this.#length + part.length);
    this.#isTruncated = !hasRoom || part.length < chunk.length;
    if (!hasRoom) return;
    part.copy(this.#passed, this.#length);
    this.#length += part.length;
  }

  cut(): void {
    this.#isTruncated = true;
  }

  async seal(): Promise<void> {
    this.#isClosed = true;
    const raw = this.#passed.subarray(0, this.#length);
    const { length: reserved } = this.#passed;
    this.#passed = Buffer.alloc(0);
    const { body, isComplete } = await decodeBody(raw, this.#encoding, BODY_LIMIT);
    const redacted = redactBody(body, this.#type);
    this.#type = '';
    this.#encoding = '';
    if (this.#isDiscarded) return;
    const more = redacted.length - reserved;
    if (more <= 0) this.#giveBack(-more);
    const hasRoom = more <= 0 || this.#take(more);
    if (hasRoom) this.#body = keptBytes(redacted);
    if (!hasRoom || !isComplete) this.#isTruncated = true;
  }

  /** Enlarges the buffer for a body of `length` bytes. Returns false if the memory limit does not allow it. */
  #reserve(length: number): boolean {
    const { length: reserved } = this.#passed;
    if (length <= reserved) return true;
    const capacity = Math.min(BODY_LIMIT, Math.max(length, 2 * reserved, FIRST_CAPACITY));
    if (!this.#take(capacity - reserved)) return false;
    const passed = Buffer.allocUnsafeSlow(capacity);
    this.#passed.copy(passed, 0, 0, this.#length);
    this.#passed = passed;
    return true;
  }

  discard(): void {
    this.#isClosed = true;
    this.#isDiscarded = true;
    this.#head = [];
    this.#type = '';
    this.#encoding = '';
    this.#passed = Buffer.alloc(0);
    this.#body = Buffer.alloc(0);
  }
}
