import { readdirSync, readFileSync } from 'node:fs';

const FOLDER = new URL('../fixtures/wire/', import.meta.url);

export type Direction = 'c>s' | 's>c';

/**
 * The bytes of one recorded connection after its HTTP handshake, in the order in which they were recorded. A piece
 * contains the bytes of one read from a socket.
 */
export interface WireRecording {
  readonly name: string;
  readonly pieces: readonly { readonly direction: Direction; readonly bytes: Buffer }[];
}

/**
 * Returns the SPDY bytes of all recordings with SPDY. If SPDY was sent in a WebSocket, removes the WebSocket frames.
 */
export function spdyRecordings(): WireRecording[] {
  const isTunnel = ({ name }: WireRecording) => name.startsWith('websocket-');
  return recordingsOf(/^(spdy|websocket-tunnel)-/).map((recording) =>
    isTunnel(recording) ? withoutFrames(recording) : recording,
  );
}

/**
 * Returns all recordings with a WebSocket. Their WebSocket messages contain SPDY, or the channels of
 * `v4.channel.k8s.io`.
 */
export function webSocketRecordings(): WireRecording[] {
  return recordingsOf(/^(websocket-tunnel|channel)-/);
}

function recordingsOf(names: RegExp): WireRecording[] {
  const files = readdirSync(FOLDER).filter((file) => names.test(file));
  return files.sort().map((file) => wireRecording(file.replace('.jsonl', '')));
}

export function wireRecording(name: string): WireRecording {
  const lines = readFileSync(new URL(`${name}.jsonl`, FOLDER), 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as { conn: number; dir: Direction; b64?: string });
  // Uses only the last connection, which is upgraded to SPDY or WebSocket. Over an earlier connection, kubectl requests
  // the server's version and the pod.
  const connection = Math.max(...lines.map(({ conn }) => conn));
  const heads = { 'c>s': Buffer.alloc(0), 's>c': Buffer.alloc(0) };
  const isUpgraded = { 'c>s': false, 's>c': false };
  const pieces: { direction: Direction; bytes: Buffer }[] = [];
  for (const { conn, dir, b64 } of lines) {
    if (conn !== connection || b64 === undefined) continue;
    let bytes = Buffer.from(b64, 'base64');
    if (!isUpgraded[dir]) {
      heads[dir] = Buffer.concat([heads[dir], bytes]);
      const end = heads[dir].indexOf('\r\n\r\n');
      if (end < 0) continue;
      isUpgraded[dir] = true;
      bytes = heads[dir].subarray(end + 4);
    }
    if (bytes.length > 0) pieces.push({ direction: dir, bytes });
  }
  return { name, pieces };
}

/** Returns all recorded bytes of one direction. */
export function bytesOf({ pieces }: WireRecording, direction: Direction): Buffer {
  return Buffer.concat(pieces.filter((piece) => piece.direction === direction).map(({ bytes }) => bytes));
}

function withoutFrames({ name, pieces }: WireRecording): WireRecording {
  const rests: Record<Direction, Buffer> = { 'c>s': Buffer.alloc(0), 's>c': Buffer.alloc(0) };
  const payloads = pieces.map(({ direction, bytes }) => {
    const [payload, rest] = takeMessages(Buffer.concat([rests[direction], bytes]));
    rests[direction] = rest;
    return { direction, bytes: payload };
  });
  return { name, pieces: payloads.filter(({ bytes }) => bytes.length > 0) };
}

/** Returns the payloads of all complete binary frames (RFC 6455 section 5.2), and the bytes after these frames. */
function takeMessages(bytes: Buffer): [payload: Buffer, rest: Buffer] {
  let rest = bytes;
  const payloads: Buffer[] = [];
  while (rest.length >= 2) {
    const [first = 0, second = 0] = rest;
    const short = second & 0x7f;
    const lengthBytes = short === 126 ? 2 : short === 127 ? 8 : 0;
    const keyBytes = second & 0x80 ? 4 : 0;
    const headBytes = 2 + lengthBytes + keyBytes;
    if (rest.length < headBytes) break;
    const length =
      lengthBytes === 0 ? short : Number(BigInt(`0x${rest.toString('hex', 2, 2 + lengthBytes)}`));
    if (rest.length < headBytes + length) break;
    const key = rest.subarray(headBytes - keyBytes, headBytes);
    const masked = rest.subarray(headBytes, headBytes + length);
    const payload = keyBytes === 0 ? masked : Buffer.from(masked.map((byte, i) => byte ^ (key[i % 4] ?? 0)));
    rest = rest.subarray(headBytes + length);
    const opcode = first & 0x0f;
    if (opcode === 0 || opcode === 2) payloads.push(payload);
  }
  return [Buffer.concat(payloads), rest];
}
