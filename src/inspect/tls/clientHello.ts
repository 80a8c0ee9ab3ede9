/** What the first message of a TLS client says. TLS does not encrypt this message. */
export interface ClientHello {
  /** The name of the server that the TLS client wants to reach (Server Name Indication, RFC 6066 section 3). */
  readonly serverName: string | undefined;
  /** The application protocols that the TLS client offers, such as `h2` (RFC 7301). */
  readonly protocols: readonly string[];
}

// Numbers that are defined in RFC 8446 sections 4, 4.1.2 and 5.1, RFC 6066 section 3, and RFC 7301 section 3.1.
const RECORD_HEADER_BYTES = 5;
const HANDSHAKE_RECORD = 22;
const CLIENT_HELLO = 1;
const SERVER_NAME = 0;
const APPLICATION_PROTOCOLS = 16;

/**
 * Reads the ClientHello at the beginning of a TLS client's bytes.
 * @returns undefined if more bytes are needed
 * @throws RangeError if the bytes are no ClientHello
 */
export function readClientHello(bytes: Buffer): ClientHello | undefined {
  const handshake = handshakeBytes(bytes);
  if (handshake.length < 4) return undefined;
  if (handshake[0] !== CLIENT_HELLO) throw new RangeError('no ClientHello');
  const length = handshake.readUIntBE(1, 3);
  if (handshake.length < 4 + length) return undefined;
  const body = new Fields(handshake.subarray(4, 4 + length));
  body.skip(2 + 32);
  body.take(1);
  body.take(2);
  body.take(1);
  const extensions = new Fields(body.isAtEnd ? Buffer.alloc(0) : body.take(2));
  let serverName: string | undefined;
  let protocols: readonly string[] = [];
  while (!extensions.isAtEnd) {
    const type = extensions.number(2);
    const content = new Fields(extensions.take(2));
    if (type === SERVER_NAME) serverName = readServerName(content);
    if (type === APPLICATION_PROTOCOLS) protocols = readProtocols(content);
  }
  return { serverName, protocols };
}

/** Joins the handshake bytes of all complete and incomplete TLS records, because a message may span several records. */
function handshakeBytes(bytes: Buffer): Buffer {
  const pieces: Buffer[] = [];
  let at = 0;
  while (at + RECORD_HEADER_BYTES <= bytes.length) {
    if (bytes[at] !== HANDSHAKE_RECORD) break;
    const end = at + RECORD_HEADER_BYTES + bytes.readUInt16BE(at + 3);
    pieces.push(bytes.subarray(at + RECORD_HEADER_BYTES, end));
    at = end;
  }
  return Buffer.concat(pieces);
}

function readServerName(content: Fields): string | undefined {
  const names = new Fields(content.take(2));
  while (!names.isAtEnd) {
    const type = names.number(1);
    const name = names.take(2);
    if (type === 0) return name.toString('latin1');
  }
  return undefined;
}

function readProtocols(content: Fields): readonly string[] {
  const list = new Fields(content.take(2));
  const protocols: string[] = [];
  while (!list.isAtEnd) protocols.push(list.take(1).toString('latin1'));
  return protocols;
}

/** Reads numbers and length-prefixed byte sequences in their order. @throws RangeError beyond the end of the bytes */
class Fields {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  get isAtEnd(): boolean {
    return this.#at >= this.#bytes.length;
  }

  skip(length: number): void {
    this.#at += length;
    if (this.#at > this.#bytes.length) throw new RangeError('beyond the end');
  }

  number(size: number): number {
    const start = this.#at;
    this.skip(size);
    return this.#bytes.readUIntBE(start, size);
  }

  take(lengthSize: number): Buffer {
    const length = this.number(lengthSize);
    const start = this.#at;
    this.skip(length);
    return this.#bytes.subarray(start, start + length);
  }
}
