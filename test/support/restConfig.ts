import type { CredentialSource, Credentials, RestConfig } from '../../src/rest/restConfig.ts';

/**
 * A source of credentials that returns the first credentials of a list. When the API server responds with status 401,
 * the tested code calls {@link FakeCredentials.invalidate}, and this source returns the next credentials of the list.
 */
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

/** Returns a REST config for a server on loopback. */
export function restConfigFor(server: URL, more: Partial<RestConfig> = {}): RestConfig {
  return { server, tls: {}, credentials: new FakeCredentials(), ...more };
}
