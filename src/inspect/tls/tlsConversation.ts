import type { ByteCount } from '../../kinds/forwardCounters.ts';
import { keptText } from '../kept.ts';
import type { OpenExchange } from '../openExchange.ts';
import { PlainConversation } from '../plainConversation.ts';
import { readClientHello } from './clientHello.ts';

/**
 * The maximum size of a ClientHello, in bytes. A larger ClientHello is not read, and the request log then shows no
 * server name for the connection. With post-quantum keys, a ClientHello has about 2,000 bytes.
 */
const HELLO_LIMIT = 16_384;

/** Logs a TLS connection. Only the name of the server and the protocols that the TLS client offers are readable. */
export class TlsConversation extends PlainConversation {
  readonly #exchange: OpenExchange;
  /**
   * The first bytes of the TLS client, until they contain a complete ClientHello. Undefined after the ClientHello was
   * read or could not be read, and after the pod sent its first bytes: a ClientHello always precedes the answer of the
   * pod.
   */
  #hello: Buffer | undefined = Buffer.alloc(0);

  constructor(exchange: OpenExchange, traffic: ByteCount) {
    super(exchange, traffic);
    this.#exchange = exchange;
  }

  override fromClient(chunk: Buffer, atMs: number): void {
    super.fromClient(chunk, atMs);
    if (this.#hello !== undefined) this.#readHello(this.#hello, chunk);
  }

  override fromPod(chunk: Buffer, atMs: number): void {
    this.#hello = undefined;
    super.fromPod(chunk, atMs);
  }

  #readHello(before: Buffer, chunk: Buffer): void {
    const bytes = Buffer.concat([before, chunk.subarray(0, HELLO_LIMIT - before.length)]);
    try {
      const hello = readClientHello(bytes);
      this.#hello = hello === undefined && bytes.length < HELLO_LIMIT ? bytes : undefined;
      if (hello === undefined) return;
      const { serverName, protocols } = hello;
      const offered = protocols.map((name) => keptText(name, 20)).slice(0, 8);
      this.#exchange.update({
        ...(serverName !== undefined && { host: keptText(serverName, 255) }),
        note: offered.length === 0 ? 'encrypted' : `encrypted; the client offers ${offered.join(', ')}`,
      });
    } catch {
      this.#hello = undefined;
    }
  }
}
