import { randomBytes } from 'node:crypto';
import type { Socket } from 'node:net';
import { PROGRAM_SECRET_BYTES } from '../kinds/gateway.ts';
import type { ProgramTrust } from './connection.ts';

/**
 * The secrets with which programs may connect to servers outside the namespaces, in the order of their last use. Also
 * remembers which secrets open connections have sent. The programs of these connections still run, so
 * {@link ProgramSecrets.byUse} lists their secrets last, as the most recently used.
 */
export class ProgramSecrets {
  /**
   * Maps each secret to the rights of its program, which may also connect to servers outside the namespaces. The least
   * recently used secret comes first.
   */
  readonly #trusts = new Map<string, ProgramTrust>();
  /** Maps each open connection to the secret that it has sent. */
  readonly #shown = new Map<Socket, string>();

  /**
   * All secrets with the rights of their programs, least recently used first. The secrets of open connections come
   * last, however long ago they were sent. A caller with room for only some secrets should store the last ones.
   */
  get byUse(): readonly (readonly [secret: string, trust: ProgramTrust])[] {
    const all = [...this.#trusts];
    const open = new Set(this.#shown.values());
    return [...all.filter(([secret]) => !open.has(secret)), ...all.filter(([secret]) => open.has(secret))];
  }

  create(trust: ProgramTrust): string {
    const secret = randomBytes(PROGRAM_SECRET_BYTES).toString('base64url');
    this.accept(secret, trust);
    return secret;
  }

  /** Accepts a secret that an earlier gateway created. If the secret is already known, does not change its rights. */
  accept(secret: string, trust: ProgramTrust): void {
    if (!this.#trusts.has(secret)) this.#trusts.set(secret, trust);
  }

  /**
   * Returns the additional rights of the program that sent the secret; undefined for an unknown secret. The caller must
   * call {@link closed} when the socket closes.
   */
  use(secret: string, socket: Socket): ProgramTrust | undefined {
    const trust = this.#trusts.get(secret);
    if (trust === undefined) return undefined;
    this.#moveLast(secret, trust);
    if (!socket.destroyed) this.#shown.set(socket, secret);
    return trust;
  }

  /**
   * Called when a connection has closed. Until then, the program was using the secret that the connection had sent, so
   * this secret becomes the most recently used.
   */
  closed(socket: Socket): void {
    const secret = this.#shown.get(socket);
    this.#shown.delete(socket);
    const trust = secret === undefined ? undefined : this.#trusts.get(secret);
    if (secret !== undefined && trust !== undefined) this.#moveLast(secret, trust);
  }

  clear(): void {
    this.#trusts.clear();
  }

  #moveLast(secret: string, trust: ProgramTrust): void {
    this.#trusts.delete(secret);
    this.#trusts.set(secret, trust);
  }
}
