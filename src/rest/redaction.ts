import { Redactor } from '../base/redactor.ts';
import type { CredentialSource, Credentials, RestConfig } from './restConfig.ts';

/** What each source of credentials has given: servers repeat it in answers that come when it has long been renewed. */
const given = new WeakMap<CredentialSource, Redactor>();

/** Says that these credentials, and the config's own for its proxy, are in use: {@link redact} knows them from now on. */
export function noteCredentials(config: RestConfig, credentials: Credentials): void {
  redactorOf(config).add(secretsOf(credentials));
}

/** The same for what a request carries in its body, such as a refresh token. */
export function noteSecrets(config: RestConfig, secrets: readonly string[]): void {
  redactorOf(config).add(secrets);
}

/**
 * A text of the server, or of anything on the way to it, as it may become part of an error, a log line or a snapshot: without
 * the credentials that it was sent. Everything that another side says has to pass here.
 */
export function redact(config: RestConfig, text: string): string {
  return redactorOf(config).redact(text);
}

/** The same for an error that Node made of what another side said. */
export function redactError<T>(config: RestConfig, error: T): T {
  return redactorOf(config).redactError(error);
}

/** Knows the name and the password of a URL. */
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

/** What identifies a client to a server: a token, a password with its name, a private key. */
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

/** Name and password of a URL, each by itself too, as they are and as the URL has them. */
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

/** Line by line, however its lines are broken; and as kubeconfigs have it. */
function keySecrets(key: string | undefined): readonly string[] {
  if (key === undefined) return [];
  return [key, ...key.split(/\r?\n/).filter((line) => !line.startsWith('-----'))];
}
