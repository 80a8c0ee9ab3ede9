import { readdirSync, readFileSync } from 'node:fs';
import type { Direction } from './spdyRecording.ts';

const FOLDER = new URL('../fixtures/wire/', import.meta.url);

/** The bytes of a recorded WebSocket in both directions, without the handshake. */
export interface WebSocketRecording {
  readonly name: string;
  readonly pieces: readonly { readonly direction: Direction; readonly bytes: Buffer }[];
}

/** Returns every recording with a WebSocket: SPDY tunnels and channels. */
export function webSocketRecordings(): WebSocketRecording[] {
  return readdirSync(FOLDER)
    .filter((file) => /^(websocket-tunnel|channel)-.*\.jsonl$/.test(file))
    .sort()
    .map((file) => webSocketRecording(file.replace('.jsonl', '')));
}

export function webSocketRecording(name: string): WebSocketRecording {
  const lines = readFileSync(new URL(`${name}.jsonl`, FOLDER), 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as { conn: number; dir: Direction; b64?: string });
  // Uses only the last connection, which is upgraded. kubectl requests the version and the pod over an earlier
  // connection.
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

/** Returns all bytes of one direction. */
export function webSocketBytes(recording: WebSocketRecording, direction: Direction): Buffer {
  return Buffer.concat(
    recording.pieces.filter((piece) => piece.direction === direction).map(({ bytes }) => bytes),
  );
}
