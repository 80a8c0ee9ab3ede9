import type { RecordedMessage } from '../../kinds/exchange.ts';
import { keptBytes, keptText } from '../kept.ts';
import { redactHead, redactQuery } from '../redaction.ts';
import { decodeBody } from './decodeBody.ts';
import type { MemoryBudget } from './memoryBudget.ts';
import { redactBody } from './redactBody.ts';

/** The most bytes of a body to keep. */
export const BODY_LIMIT = 65_536;
const FIELD_LIMIT = 8_192;
const FIELDS_LIMIT = 200;
/** Heads of servers have some hundreds of bytes. */
const HEAD_LIMIT = 65_536;

type Field = readonly [name: string, value: string];

/** The heads and bodies of one exchange. Secrets are redacted before anything can be read; a body is redacted at its end. */
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
    this.#request = new RecordedSide(take);
    this.#response = new RecordedSide(take);
  }

  /** False once the recording was discarded to make room for others. */
  get isKept(): boolean {
    return this.#isKept;
  }

  /** Sets the head of the request. Texts have one character per byte. */
  setRequest(head: readonly Field[], query: string | undefined): void {
    this.#request.addHead(head);
    if (query !== undefined) this.#query = redactQuery(keptText(query, FIELD_LIMIT));
  }

  /** Adds the fields of the final response or its trailers. */
  addResponseHead(head: readonly Field[]): void {
    this.#response.addHead(head);
  }

  addRequestBody(chunk: Buffer): void {
    this.#request.addBody(chunk);
  }

  addResponseBody(chunk: Buffer): void {
    this.#response.addBody(chunk);
  }

  /** Redacts the bodies at the end of the exchange. */
  seal(): void {
    this.#sealed ??= Promise.all([this.#request.seal(), this.#response.seal()]).then(() => {});
  }

  /** Discards everything. */
  discard(): void {
    this.#isKept = false;
    this.#request.discard();
    this.#response.discard();
    this.#budget.giveBack(this.#bytes);
    this.#bytes = 0;
  }

  /** Resolves with undefined if the recording is no longer kept. */
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
      ...(query !== undefined && { query }),
    };
  }

  #take(bytes: number): boolean {
    // Making room may discard this very recording.
    if (!this.#isKept || !this.#budget.take(bytes)) return false;
    if (!this.#isKept) {
      this.#budget.giveBack(bytes);
      return false;
    }
    this.#bytes += bytes;
    return true;
  }
}

class RecordedSide {
  readonly #take: (bytes: number) => boolean;
  #head: readonly Field[] = [];
  #type = '';
  #encoding = '';
  #chunks: Buffer[] = [];
  #length = 0;
  #isTruncated = false;
  #isClosed = false;
  #body: Buffer = Buffer.alloc(0);

  constructor(take: (bytes: number) => boolean) {
    this.#take = take;
  }

  get message(): RecordedMessage {
    return { head: this.#head, body: this.#body.toString('base64'), isTruncated: this.#isTruncated };
  }

  addHead(head: readonly Field[]): void {
    for (const [name, value] of head) {
      if (/^content-type$/i.test(name)) this.#type = value;
      if (/^content-encoding$/i.test(name)) this.#encoding = value;
    }
    const kept: Field[] = [];
    let bytes = 0;
    for (const [name, value] of head.slice(0, FIELDS_LIMIT - this.#head.length)) {
      const field: Field = [keptText(name, FIELD_LIMIT), keptText(value, FIELD_LIMIT)];
      bytes += field[0].length + field[1].length;
      if (bytes > HEAD_LIMIT) break;
      kept.push(field);
    }
    if (this.#take(bytes)) this.#head = [...this.#head, ...redactHead(kept)];
  }

  addBody(chunk: Buffer): void {
    if (this.#isClosed || this.#isTruncated) return;
    const part = chunk.subarray(0, BODY_LIMIT - this.#length);
    const hasRoom = this.#take(part.length);
    this.#isTruncated = !hasRoom || part.length < chunk.length;
    if (!hasRoom) return;
    this.#chunks.push(keptBytes(part));
    this.#length += part.length;
  }

  async seal(): Promise<void> {
    this.#isClosed = true;
    const raw = Buffer.concat(this.#chunks);
    this.#chunks = [];
    const { body, isComplete } = await decodeBody(raw, this.#encoding, BODY_LIMIT);
    const redacted = redactBody(body, this.#type);
    const hasRoom = redacted.length <= raw.length || this.#take(redacted.length - raw.length);
    if (hasRoom) this.#body = keptBytes(redacted);
    if (!hasRoom || !isComplete) this.#isTruncated = true;
  }

  discard(): void {
    this.#isClosed = true;
    this.#head = [];
    this.#chunks = [];
    this.#body = Buffer.alloc(0);
  }
}
