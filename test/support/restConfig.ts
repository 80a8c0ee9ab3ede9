import type { CredentialSource, Credentials, RestConfig } from '../../src/rest/restConfig.ts';

/**
 * Returns the credentials of a list, one after the other: {@link FakeCredentials.invalidate}, which follows a 401,
 * moves to the next. Records the refused credentials.
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
