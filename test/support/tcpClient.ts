import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import http from 'node:http';
import net, { type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { finished } from 'node:stream/promises';
import { loopbacks } from './localPorts.ts';

/** Connects to a local port. The socket stays writable after the peer's FIN (`allowHalfOpen`). */
export async function connectTo(port: number): Promise<Socket> {
  const socket = net.connect({ port, host: '127.0.0.1', allowHalfOpen: true });
  await once(socket, 'connect');
  return socket;
}

/** Sends `bytes` and a FIN. Returns all received bytes as text. */
export async function exchange(port: number, bytes: string | Buffer): Promise<string> {
  const socket = await connectTo(port);
  socket.end(bytes);
  return await readAll(socket);
}

/**
 * Reads until the peer's FIN, and returns the text. Rejects if the peer resets the connection. The caller can still
 * write afterwards. Therefore, this function does not use async iteration, which ends the writing side since Node 26.
 */
export async function readAll(socket: Duplex): Promise<string> {
  const chunks: Buffer[] = [];
  socket.on('data', (chunk: Buffer) => chunks.push(chunk));
  await finished(socket, { writable: false });
  return Buffer.concat(chunks).toString('utf8');
}

/** Reads until the received text contains `text`. Returns all text that was received. */
export function readUntil(socket: Socket, text: string): Promise<string> {
  return readUntilFound(socket, (read) => (read.includes(text) ? read : null));
}

/**
 * Reads until `find` finds something in the received bytes. For `find`, each byte becomes one character (Latin-1).
 * Rejects if the connection ends first.
 */
export function readUntilFound<T>(socket: Socket, find: (read: string) => T | null): Promise<T> {
  return new Promise((resolve, reject) => {
    let read = '';
    const onData = (chunk: Buffer) => {
      read += chunk.toString('latin1');
      const found = find(read);
      if (found === null) return;
      socket.off('data', onData).off('close', onClose);
      resolve(found);
    };
    const onClose = () => reject(new Error(`closed after ${JSON.stringify(read.slice(0, 1_000))}`));
    socket.on('data', onData).once('close', onClose);
  });
}

/** Sends a text to the echo program of a pod, and waits until the text comes back. */
export async function echoed(socket: Socket, text: string): Promise<void> {
  socket.write(text);
  await readUntil(socket, text);
}

/** Connects through a local port to the echo program of a pod, and waits for the echo of a text. */
export async function connectToEcho(port: number): Promise<Socket> {
  const socket = await connectTo(port);
  await echoed(socket, 'hello');
  return socket;
}

/** Opens a connection to the echo program of a pod, waits for the echo of a text, and ends the connection. */
export async function echoes(port: number): Promise<void> {
  const socket = await connectToEcho(port);
  const closed = once(socket, 'close');
  socket.destroy();
  await closed;
}

export interface Answer {
  readonly status: number;
  readonly body: string;
}

/** Sends a GET request over a new connection, or over a connection of `agent`. */
export async function get(port: number, path = '/', agent: http.Agent | false = false): Promise<Answer> {
  const response = await responseOf(http.get({ host: '127.0.0.1', port, path, agent }));
  const chunks: Buffer[] = [];
  for await (const chunk of response as AsyncIterable<Buffer>) chunks.push(chunk);
  return { status: response.statusCode ?? 0, body: Buffer.concat(chunks).toString('utf8') };
}

async function responseOf(request: http.ClientRequest): Promise<http.IncomingMessage> {
  const answered = once(request, 'response') as Promise<[http.IncomingMessage]>;
  // Ignores errors after the response has started, because the response reports a reset too.
  request.on('error', () => {});
  return (await answered)[0];
}

/** Downloads a path. Returns the number of bytes and their hash. */
export async function download(port: number, path: string): Promise<{ bytes: number; sha256: string }> {
  const response = await responseOf(http.get({ host: '127.0.0.1', port, path, agent: false }));
  const hash = createHash('sha256');
  let bytes = 0;
  response.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
    hash.update(chunk);
  });
  await once(response, 'end');
  return { bytes, sha256: hash.digest('hex') };
}

/**
 * Uploads `bytes` bytes of the repeated `chunk`. Resolves with the server's response and the hash of the sent bytes.
 */
export async function upload(
  port: number,
  path: string,
  chunk: Buffer,
  bytes: number,
): Promise<{ answer: { bytes: number; sha256: string }; sha256: string }> {
  const request = http.request({
    host: '127.0.0.1',
    port,
    path,
    method: 'PUT',
    agent: false,
    headers: { 'content-length': bytes },
  });
  const hash = createHash('sha256');
  const answered = once(request, 'response') as Promise<[http.IncomingMessage]>;
  for (let left = bytes; left > 0; left -= chunk.length) {
    const piece = chunk.subarray(0, left);
    hash.update(piece);
    if (!request.write(piece)) await once(request, 'drain');
  }
  request.end();
  const [response] = await answered;
  const chunks: Buffer[] = [];
  for await (const part of response as AsyncIterable<Buffer>) chunks.push(part);
  return { answer: JSON.parse(Buffer.concat(chunks).toString('utf8')), sha256: hash.digest('hex') };
}

/** Throws an error if anything listens on this port of a loopback address that this machine has. */
export async function assertNobodyListens(port: number): Promise<void> {
  for (const host of loopbacks) {
    await assert.rejects(once(net.connect({ port, host }), 'connect'), { code: 'ECONNREFUSED' });
  }
}
