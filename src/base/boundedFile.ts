import fs, { constants } from 'node:fs';
import { stat } from 'node:fs/promises';
import { Socket } from 'node:net';
import { promisify } from 'node:util';
import { deadline, onAbort, raceAbort } from './async.ts';
import { describeError, systemErrorCode } from './errors.ts';

/**
 * The default size limit in bytes, larger than any kubeconfig, certificate or token file. A larger file is rejected
 * with an error.
 */
const SIZE_LIMIT = 8 * 1024 * 1024;
/**
 * The default time limit for reading a file, in milliseconds. After this time, `readBoundedFile` rejects with an error.
 * Without a limit, a pipe whose writer sends nothing or a remote file system that does not respond would block the
 * caller forever.
 */
const TIME_LIMIT_MS = 5_000;
const CHUNK_BYTES = 64 * 1024;

export interface BoundedFileOptions {
  /** The size of the largest file to accept. Optional, default 8 MiB. */
  readonly limitBytes?: number;
  /** The maximum time for reading the file, in milliseconds. Optional, default 5 s. */
  readonly timeLimitMs?: number;
}

// Uses file descriptors instead of `FileHandle`, because the socket in `readPipe` needs a descriptor and closes it. A
// `FileHandle` would later close the same descriptor again, although it may then belong to another file.
const open = promisify(fs.open);
const close = promisify(fs.close);
const fstat = promisify(fs.fstat);
const read = promisify(fs.read);

/**
 * Reads a regular file, or a pipe to its end. The path may come from an untrusted kubeconfig. So the function rejects
 * devices (except `/dev/null`), folders, sockets and files that are too large, and gives up after the time limit. Reads
 * pipes without blocking: otherwise, a pipe without a writer would occupy one of the few threads that Node has for file
 * operations.
 * @throws the error of the system, or an Error whose message is a short reason, such as `it is a folder`
 */
export async function readBoundedFile(
  path: string,
  { limitBytes = SIZE_LIMIT, timeLimitMs = TIME_LIMIT_MS }: BoundedFileOptions = {},
): Promise<Buffer> {
  const tooLate = () => new Error(`it takes longer than ${timeLimitMs / 1000} s to read`);
  using limit = deadline(undefined, timeLimitMs, tooLate);
  return await raceAbort(readWithin(path, limitBytes, limit.signal), limit.signal);
}

/** Like {@link readBoundedFile}, but returns UTF-8 text. */
export async function readBoundedText(path: string, options?: BoundedFileOptions): Promise<string> {
  return (await readBoundedFile(path, options)).toString('utf8');
}

/** Returns the reason why a file could not be read, for use in a sentence: `EACCES`, `it is a folder`. */
export function fileErrorReason(error: unknown): string {
  if (systemErrorCode(error) === 'EISDIR') return 'it is a folder';
  return systemErrorCode(error) ?? describeError(error);
}

async function readWithin(path: string, limitBytes: number, signal: AbortSignal): Promise<Buffer> {
  // Opens the file with O_NONBLOCK: otherwise, opening a pipe would block until a program opens the pipe for writing.
  // Windows has no such pipes and does not define the constant, so no flag is added there.
  const descriptor = await open(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
  let isHandedOver = false;
  try {
    const status = await fstat(descriptor);
    signal.throwIfAborted();
    if (status.isFIFO()) {
      isHandedOver = true;
      return await readPipe(descriptor, limitBytes, signal);
    }
    if (status.isDirectory()) throw Object.assign(new Error('it is a folder'), { code: 'EISDIR' });
    if (status.isCharacterDevice() && (await isNullDevice(status.rdev))) return Buffer.alloc(0);
    if (!status.isFile()) throw new Error('it is neither a file nor a pipe');
    if (status.size > limitBytes) throw tooLarge(limitBytes);
    return await readFile(descriptor, limitBytes, signal);
  } finally {
    if (!isHandedOver) await close(descriptor);
  }
}

/**
 * Returns true if the device is `/dev/null`, which `readBoundedFile` reads as an empty file: users set
 * `KUBECONFIG=/dev/null` to have no kubeconfig.
 */
async function isNullDevice(device: number): Promise<boolean> {
  return (await stat('/dev/null')).rdev === device;
}

/**
 * Reads a file to its end. Counts the bytes to check the limit, because the reported size may be wrong: files in
 * `/proc` report 0.
 */
async function readFile(descriptor: number, limitBytes: number, signal: AbortSignal): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for (;;) {
    const { bytesRead, buffer } = await read(
      descriptor,
      Buffer.allocUnsafe(CHUNK_BYTES),
      0,
      CHUNK_BYTES,
      null,
    );
    signal.throwIfAborted();
    if (bytesRead === 0) return Buffer.concat(chunks);
    size += bytesRead;
    if (size > limitBytes) throw tooLarge(limitBytes);
    chunks.push(buffer.subarray(0, bytesRead));
  }
}

function readPipe(descriptor: number, limitBytes: number, signal: AbortSignal): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const pipe = new Socket({ fd: descriptor, readable: true, writable: false });
    const abort = onAbort(signal, () => pipe.destroy());
    const chunks: Buffer[] = [];
    let size = 0;
    pipe.on('data', (chunk: Buffer) => {
      chunks.push(chunk);
      size += chunk.length;
      if (size > limitBytes) pipe.destroy(tooLarge(limitBytes));
    });
    pipe.once('end', () => resolve(Buffer.concat(chunks)));
    pipe.once('error', reject);
    pipe.once('close', () => {
      abort.dispose();
      reject(signal.reason ?? new Error('it was closed'));
    });
  });
}

function tooLarge(limitBytes: number): Error {
  return new Error(`it is larger than ${limitBytes / 1024 / 1024} MiB`);
}
