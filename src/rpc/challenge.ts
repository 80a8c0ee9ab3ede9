import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import type { Socket } from 'node:net';
import { type Clock, onAbort } from '../base/async.ts';
import { type Disposable, DisposableStore } from '../base/disposable.ts';

const NONCE_BYTES = 32;
/** The length of a proof: an HMAC with SHA-256. */
const PROOF_BYTES = 32;
const LIMIT_MS = 5_000;

type Side = 'client' | 'host';

/**
 * The error of a failed challenge: the peer does not know the secret (`wrong`), has closed the connection (`closed`),
 * or did not answer in time (`silent`).
 */
export class ChallengeError extends Error {
  readonly reason: 'wrong' | 'closed' | 'silent';

  constructor(reason: ChallengeError['reason']) {
    super(`the challenge failed: ${reason}`);
    this.name = 'ChallengeError';
    this.reason = reason;
  }
}

type Challenge = (socket: Socket, secret: string, clock: Clock, signal: AbortSignal) => Promise<void>;

/**
 * Runs the client's side of the challenge, by which the client and the host authenticate each other on a new connection
 * between them. Each side proves that it knows the secret in the host's record (the file by which clients find the
 * host). As the proof, each side sends an HMAC (RFC 2104) over random numbers of both sides, and never the secret
 * itself. Windows needs the challenge, because any user can create a pipe with the name of the host's pipe. On other
 * systems, file permissions protect the socket too.
 * @throws ChallengeError; the signal's reason when aborted
 */
export const challengeHost: Challenge = (socket, secret, ...limits) =>
  withLimits(socket, ...limits, async (read) => {
    const hostNonce = await read(NONCE_BYTES);
    const nonce = randomBytes(NONCE_BYTES);
    socket.write(Buffer.concat([nonce, proof('client', secret, hostNonce, nonce)]));
    verify(await read(PROOF_BYTES), proof('host', secret, hostNonce, nonce));
  });

/**
 * Runs the host's side of the challenge: the counterpart of {@link challengeHost}. Resolves when the client has proved
 * that it knows the secret.
 */
export const challengeClient: Challenge = (socket, secret, ...limits) =>
  withLimits(socket, ...limits, async (read) => {
    const nonce = randomBytes(NONCE_BYTES);
    socket.write(nonce);
    const clientNonce = await read(NONCE_BYTES);
    verify(await read(PROOF_BYTES), proof('client', secret, nonce, clientNonce));
    socket.write(proof('host', secret, nonce, clientNonce));
  });

function proof(side: Side, secret: string, hostNonce: Buffer, clientNonce: Buffer): Buffer {
  return createHmac('sha256', secret).update(side).update(hostNonce).update(clientNonce).digest();
}

function verify(given: Buffer, expected: Buffer): void {
  if (!timingSafeEqual(given, expected)) throw new ChallengeError('wrong');
}

type Read = (size: number) => Promise<Buffer>;

/** Runs one side of the challenge with a time limit. Destroys the socket if the challenge fails. */
async function withLimits(
  socket: Socket,
  clock: Clock,
  signal: AbortSignal,
  exchange: (read: Read) => Promise<void>,
): Promise<void> {
  using owned = new DisposableStore();
  const failed = Promise.withResolvers<never>();
  failed.promise.catch(() => {});
  const onClose = () => failed.reject(new ChallengeError('closed'));
  socket.on('end', onClose).on('close', onClose);
  owned.add({ dispose: () => socket.off('end', onClose).off('close', onClose) });
  if (socket.destroyed) onClose();
  owned.add(clock.setTimer(LIMIT_MS, () => failed.reject(new ChallengeError('silent'))));
  owned.add(onAbort(signal, () => failed.reject(signal.reason)));
  const input = owned.add(new ExactReader(socket, onClose));
  try {
    await Promise.race([exchange((size) => input.read(size)), failed.promise]);
  } catch (error) {
    socket.on('error', () => {});
    socket.destroy();
    throw error;
  }
}

/**
 * Reads exactly the requested number of bytes. The bytes after them stay in the socket, because they may belong to the
 * JSON-RPC messages that follow the challenge. All reads share one handler of the event `readable`, because Node calls
 * a new handler at once if the socket has any bytes. If each read added a handler, there would be an endless loop while
 * the socket has too few bytes for the read.
 */
class ExactReader implements Disposable {
  readonly #socket: Socket;
  readonly #onEnd: () => void;
  readonly #onReadable = () => this.#take();
  #wanted: { readonly size: number; readonly resolve: (bytes: Buffer) => void } | undefined;

  /** @param onEnd called when the stream ends before the requested bytes have arrived */
  constructor(socket: Socket, onEnd: () => void) {
    this.#socket = socket;
    this.#onEnd = onEnd;
    socket.on('readable', this.#onReadable);
  }

  /** Resolves with `size` bytes. If the stream ends first, never resolves: {@link withLimits} then rejects instead. */
  read(size: number): Promise<Buffer> {
    return new Promise((resolve) => {
      this.#wanted = { size, resolve };
      this.#take();
    });
  }

  dispose(): void {
    this.#socket.off('readable', this.#onReadable);
  }

  #take(): void {
    if (this.#wanted === undefined) return;
    const { size, resolve } = this.#wanted;
    const bytes: Buffer | null = this.#socket.read(size);
    if (bytes === null) return;
    // `read` returns fewer bytes than requested only if the peer has ended the stream. No more bytes can come, so the
    // challenge fails.
    if (bytes.length < size) return this.#onEnd();
    this.#wanted = undefined;
    resolve(bytes);
  }
}
