import { randomBytes } from 'node:crypto';
import type { Socket } from 'node:net';
import type { ProgramTrust } from './connection.ts';

const SECRET_BYTES = 24;

/** The secrets of programs, and which of them are in use. */
export class ProgramSecrets {
  /** In the order of their last use. */
  readonly #trusts = new Map<string, ProgramTrust>();
  /** The number of open connections that have shown each secret. */
  readonly #open = new Map<string, number>();

  /** All secrets with their programs: the one that was used last, or is in use, is last. */
  get byUse(): readonly (readonly [secret: string, trust: ProgramTrust])[] {
    const all = [...this.#trusts];
    const isOpen = ([secret]: (typeof all)[number]) => this.#open.has(secret);
    return [...all.filter((each) => !isOpen(each)), ...all.filter(isOpen)];
  }

  create(trust: ProgramTrust): string {
    const secret = randomBytes(SECRET_BYTES).toString('base64url');
    this.accept(secret, trust);
    return secret;
  }

  accept(secret: string, trust: ProgramTrust): void {
    this.#trusts.set(secret, trust);
  }

  /** Returns what the program of a connection may do; undefined for an unknown secret. */
  use(secret: string, socket: Socket): ProgramTrust | undefined {
    const trust = this.#trusts.get(secret);
    if (trust === undefined) return undefined;
    this.#moveLast(secret, trust);
    this.#open.set(secret, (this.#open.get(secret) ?? 0) + 1);
    socket.once('close', () => this.#closed(secret, trust));
    return trust;
  }

  clear(): void {
    this.#trusts.clear();
  }

  #closed(secret: string, trust: ProgramTrust): void {
    const left = (this.#open.get(secret) ?? 1) - 1;
    if (left > 0) this.#open.set(secret, left);
    else this.#open.delete(secret);
    if (this.#trusts.has(secret)) this.#moveLast(secret, trust);
  }

  #moveLast(secret: string, trust: ProgramTrust): void {
    this.#trusts.delete(secret);
    this.#trusts.set(secret, trust);
  }
}
