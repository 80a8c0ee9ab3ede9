import { Redactor } from '../base/redactor.ts';
import type { CredentialSource, Credentials, RestConfig } from './restConfig.ts';

/**
 * The redactor of each credential source. It removes all credentials of the source that requests have ever used, not
 * only the current ones: a server may repeat credentials in a message long after they were renewed.
 */
const given = new WeakMap<CredentialSource, Redactor>();

/** Registers credentials before a request sends them, so that {@link redact} removes them from texts. */
export function noteCredentials(config: RestConfig, credentials: Credentials): void {
  redactorOf(config).add(secretsOf(credentials));
}

/**
 * Registers secrets that a request sends in its body, such as a refresh token, so that {@link redact} removes them from
 * texts.
 */
export function noteSecrets(config: RestConfig, secrets: readonly string[]): void {
  redactorOf(config).add(secrets);
}

/**
 * Removes credentials from a text that came from the server or from a proxy, so that errors, logs and snapshots may
 * contain the text. Every text from outside must pass through this function.
 */
export function redact(config: RestConfig, text: string): string {
  return redactorOf(config).redact(text);
}

/**
 * Removes credentials from an error of Node, as {@link redact} does from a text. Such an error may quote text that came
 * from the server or a proxy.
 */
export function redactError<T>(config: RestConfig, error: T): T {
  return redactorOf(config).redactError(error);
}

/** Creates a redactor that removes the user name and the password of a URL. */
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

/** Returns the secrets in credentials: a token, a password with and without its user name, a private key. */
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

/**
 * Returns what {@link redact} removes for a URL with credentials: the user name and the password, each as written in
 * the URL and decoded, and `NAME:PASSWORD`.
 */
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

/**
 * Returns what {@link redact} removes for a private key in PEM text: the whole text, and each of its lines, because a
 * message may contain the key with other line breaks.
 */
function keySecrets(key: string | undefined): readonly string[] {
  if (key === undefined) return [];
  return [key, ...key.split(/\r?\n/).filter((line) => !line.startsWith('-----'))];
}
