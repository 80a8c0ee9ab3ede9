import type { CredentialSource, Credentials, RestConfig } from '../../src/rest/restConfig.ts';

/** Gives out the credentials of a list, the next one after each 401, and counts. */
export class FakeCredentials implements CredentialSource {
  readonly user = 'tester';
  readonly #list: readonly Credentials[];
  #index = 0;
  refused: Credentials[] = [];

  constructor(...list: readonly Credentials[]) {
    this.#list = list.length > 0 ? list : [{}];
  }

  get(): Promise<Credentials> {
    return Promise.resolve(this.#list[this.#index] ?? {});
  }

  invalidate(refused: Credentials): boolean {
    this.refused.push(refused);
    this.#index += 1;
    return this.#index < this.#list.length;
  }
}

/** Returns a config for a server on loopback. */
export function restConfigFor(server: URL, more: Partial<RestConfig> = {}): RestConfig {
  return { server, tls: {}, credentials: new FakeCredentials(), ...more };
}
