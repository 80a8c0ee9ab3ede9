import { Redactor } from '../base/redactor.ts';
import type { CredentialSource, Credentials, RestConfig } from './restConfig.ts';

/**
 * Everything that each source of credentials has ever returned: a server may repeat old credentials long after they were
 * renewed.
 */
const given = new WeakMap<CredentialSource, Redactor>();

/** Registers credentials, and those of the config's proxy, as in use. {@link redact} removes them from now on. */
export function noteCredentials(config: RestConfig, credentials: Credentials): void {
  redactorOf(config).add(secretsOf(credentials));
}

/** Registers secrets in the body of a request, such as a refresh token. */
export function noteSecrets(config: RestConfig, secrets: readonly string[]): void {
  redactorOf(config).add(secrets);
}

/**
 * Makes text from the server, or from anything on the way to it, safe for errors, logs and snapshots: removes the
 * credentials that were sent to it. All text from another side must pass through this function.
 */
export function redact(config: RestConfig, text: string): string {
  return redactorOf(config).redact(text);
}

/** Like {@link redact}, for an error that Node made of text from another side. */
export function redactError<T>(config: RestConfig, error: T): T {
  return redactorOf(config).redactError(error);
}

/** A redactor for the name and the password of a URL. */
export function urlRedactor(url: URL): Redactor {
  const redactor = new Redactor();
  redactor.add(userInfoOf(url));
  return redactor;
}

function redactorOf(config: RestConfig): Redactor {
  const known = given.get(config.credentials);
  if (known !== undefined) return known;
  const redactor = new Redactor();
  given.set(config.credentials, redactor);
  for (const url of [config.proxy, config.server]) if (url !== undefined) redactor.add(userInfoOf(url));
  return redactor;
}

/** The secrets among credentials: a token, a password with its name, a private key. */
export function secretsOf({ authorization = '', clientCertificate }: Credentials): readonly string[] {
  const [, scheme = '', value = ''] = /^(\S+)\s+(.*)$/s.exec(authorization) ?? [];
  const pair = /^basic$/i.test(scheme) ? Buffer.from(value, 'base64').toString('utf8') : '';
  return [
    value || authorization,
    pair,
    pair.slice(pair.indexOf(':') + 1),
    ...keySecrets(clientCertificate?.key),
  ];
}

/** Name and password of a URL, together and alone, decoded and as the URL has them. */
function userInfoOf({ username, password }: URL): readonly string[] {
  const plain = { username: decoded(username), password: decoded(password) };
  return [username, password, plain.username, plain.password, `${plain.username}:${plain.password}`];
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** The lines of a key, whatever its line breaks, and the key in base64, as kubeconfigs contain it. */
function keySecrets(key: string | undefined): readonly string[] {
  if (key === undefined) return [];
  return [key, ...key.split(/\r?\n/).filter((line) => !line.startsWith('-----'))];
}
