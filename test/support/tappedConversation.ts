import { globSync, readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { RequestLog } from '../../src/inspect/requestLog.ts';
import type { Exchange, RequestLogMode } from '../../src/kinds/exchange.ts';
import { FakeClock } from './fakeClock.ts';
import type { SpdyRandom } from './spdyRandom.ts';

/**
 * One step of a conversation between a local client and a pod. With `bytes`: `from` sends these bytes. Without `bytes`:
 * the pod sends its FIN. Without `from`: the connection ends.
 */
export interface Step {
  readonly connection?: number;
  readonly from?: 'client' | 'pod';
  readonly bytes?: Buffer;
}

/**
 * Passes the bytes of conversations to a request log, as a forward does with the bytes of its connections. The clock
 * advances by 1 ms before each piece of data.
 */
export class TappedConversation {
  readonly clock = new FakeClock();
  readonly log = new RequestLog({ clock: this.clock, now: () => 1_700_000_000_000 + this.clock.now() });
  readonly forward = this.log.forward('1');
  readonly #connections = new Map<number, ReturnType<TappedConversation['connect']>>();

  constructor(mode: RequestLogMode = 'metadata') {
    this.forward.setMode(mode);
  }

  get rows(): readonly Exchange[] {
    return this.log.exchanges.list();
  }

  connect() {
    const traffic = { bytesSent: 0, bytesReceived: 0 };
    const place = this.forward.open({ pod: 'web-1', traffic });
    return {
      place,
      client: (bytes: Buffer | string) => {
        const chunk = toBuffer(bytes);
        this.clock.advance(1);
        traffic.bytesSent += chunk.length;
        place.tap?.fromClient(chunk);
      },
      pod: (bytes: Buffer | string) => {
        const chunk = toBuffer(bytes);
        this.clock.advance(1);
        traffic.bytesReceived += chunk.length;
        place.tap?.fromPod(chunk);
      },
      podEnds: () => place.tap?.podEnded(),
      end: () => place.end(),
    };
  }

  /**
   * Passes all steps to the request log, and then ends each connection. Returns the rows of the log.
   * @param switchedOnAt the index of the step before which the log is turned on; optional, default: the log keeps the
   * mode from the constructor
   */
  play(steps: readonly Step[], switchedOnAt?: number): readonly Exchange[] {
    for (const [index, { connection = 1, from, bytes }] of steps.entries()) {
      if (index === switchedOnAt) this.forward.setMode('metadata');
      const open = this.#connections.get(connection) ?? this.connect();
      this.#connections.set(connection, open);
      if (from === undefined) open.end();
      else if (bytes === undefined) open.podEnds();
      else open[from](bytes);
    }
    for (const open of this.#connections.values()) open.end();
    this.#connections.clear();
    return this.rows;
  }
}

/** Returns a conversation with one connection. */
export function connected(mode?: RequestLogMode) {
  const conversation = new TappedConversation(mode);
  return { conversation, ...conversation.connect() };
}

/** Returns the steps of one connection in which client and pod send in turns. The client starts. */
export function turns(...texts: readonly (string | Buffer)[]): readonly Step[] {
  return texts.map((text, index) => ({ from: index % 2 === 0 ? 'client' : 'pod', bytes: toBuffer(text) }));
}

/**
 * Returns a row of the request log without its ID and times, which differ between two runs of the same conversation.
 */
export function timeless({ id: _id, startedAt: _at, firstByteMs, durationMs, ...row }: Exchange): object {
  return { ...row, hasFirstByte: firstByteMs !== undefined, hasEnded: durationMs !== undefined };
}

export interface RecordedConversation {
  readonly name: string;
  /** The client and server programs of the conversation. */
  readonly about: string;
  readonly steps: readonly Step[];
}

interface RecordedLine {
  readonly connection: number;
  readonly from?: 'client' | 'pod';
  readonly bytes?: string;
  readonly end?: true;
  readonly over?: true;
}

/** Returns the conversations in test/fixtures, which were recorded with real clients and servers. */
export function recordedConversations(): readonly RecordedConversation[] {
  return globSync('test/fixtures/conversations/*.jsonl')
    .sort()
    .map((file) => {
      const [head = '', ...lines] = readFileSync(file, 'utf8').trim().split('\n');
      const steps = lines.map((line): Step => {
        const { connection, from, bytes, over } = JSON.parse(line) as RecordedLine;
        if (over === true || from === undefined) return { connection };
        return { connection, from, ...(bytes !== undefined && { bytes: Buffer.from(bytes, 'base64') }) };
      });
      return { name: basename(file, '.jsonl'), about: JSON.parse(head).about, steps };
    });
}

/** Returns the same conversation with other pieces of bytes: splits pieces, and joins consecutive pieces, at random. */
export function resplit(random: SpdyRandom, steps: readonly Step[]): readonly Step[] {
  const together: Step[] = [];
  for (const step of steps) {
    const last = together.at(-1);
    const isSame = last?.from === step.from && last?.connection === step.connection;
    if (isSame && last?.bytes !== undefined && step.bytes !== undefined && random.below(2) === 0)
      together[together.length - 1] = { ...step, bytes: Buffer.concat([last.bytes, step.bytes]) };
    else together.push(step);
  }
  return together.flatMap((step) =>
    step.bytes === undefined ? [step] : pieces(random, step.bytes).map((bytes) => ({ ...step, bytes })),
  );
}

function pieces(random: SpdyRandom, bytes: Buffer): readonly Buffer[] {
  const limit = random.pick([1, 2, 7, 100, 5_000]);
  // Only the first 600 bytes are cut into tiny pieces. Cutting a whole body in this way would take long and test
  // nothing more.
  const careful = limit < 10 ? Math.min(bytes.length, 600) : bytes.length;
  const parts: Buffer[] = [];
  let at = 0;
  while (at < careful) {
    const length = 1 + random.below(limit);
    parts.push(bytes.subarray(at, Math.min(at + length, careful)));
    at += length;
  }
  if (careful < bytes.length) parts.push(bytes.subarray(careful));
  return parts;
}

function toBuffer(bytes: Buffer | string): Buffer {
  return typeof bytes === 'string' ? Buffer.from(bytes, 'latin1') : bytes;
}
