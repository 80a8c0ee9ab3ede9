import { randomBytes } from 'node:crypto';
import type { Socket } from 'node:net';
import type { ProgramTrust } from './connection.ts';

const SECRET_BYTES = 24;

/** The secrets of programs, and which of them are in use. */
export class ProgramSecrets {
  /** In the order of their last use. */
  readonly #trusts = new Map<string, ProgramTrust>();
  /** The secrets that open connections have shown. */
  readonly #shown = new Map<Socket, string>();

  /** All secrets with their programs: the one that was used last, or is in use, is last. */
  get byUse(): readonly (readonly [secret: string, trust: ProgramTrust])[] {
    const all = [...this.#trusts];
    const open = new Set(this.#shown.values());
    return [...all.filter(([secret]) => !open.has(secret)), ...all.filter(([secret]) => open.has(secret))];
  }

  create(trust: ProgramTrust): string {
    const secret = randomBytes(SECRET_BYTES).toString('base64url');
    this.accept(secret, trust);
    return secret;
  }

  accept(secret: string, trust: ProgramTrust): void {
    this.#trusts.set(secret, trust);
  }

  /** Returns what the program of a connection may do; undefined for an unknown secret. The caller calls {@link closed}. */
  use(secret: string, socket: Socket): ProgramTrust | undefined {
    const trust = this.#trusts.get(secret);
    if (trust === undefined) return undefined;
    this.#moveLast(secret, trust);
    if (!socket.destroyed) this.#shown.set(socket, secret);
    return trust;
  }

  /** A connection was closed. */
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
