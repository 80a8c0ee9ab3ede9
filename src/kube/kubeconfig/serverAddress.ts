/**
 * Parses the address of an API server. Returns undefined for an invalid address. Like kubectl 1.32, treats an address
 * without a scheme as HTTP, even with TLS settings: it may be the address of a `kubectl proxy`.
 */
export function parseServerAddress(text: string): URL | undefined {
  const withScheme = text.includes('://') ? text : `http://${text}`;
  if (!URL.canParse(withScheme)) return undefined;
  const url = new URL(withScheme);
  // Rejects spaces around an address, as Go does. `URL` ignores these spaces. Also rejects a `#`, because client-go
  // would ignore everything after it.
  if (text.trim() !== text || url.hash !== '') return undefined;
  // Rejects an address with an `@` in its path, such as `https://me:12/34@host`. Its password `12/34` contains a slash.
  // `URL` has ended the host at this slash, so every request would send the rest of the password in its path. kubectl
  // accepts such an address if the part of the password before the slash is a number.
  if (url.pathname.includes('@')) return undefined;
  return url.protocol === 'http:' || url.protocol === 'https:' ? url : undefined;
}

/**
 * Returns whether requests to a server contain credentials. Like client-go, sends none over unencrypted HTTP, because
 * others on the network could read them.
 */
export function getsCredentials(server: URL): boolean {
  return server.protocol !== 'http:';
}

/**
 * Returns the advice for an error about an address that {@link parseServerAddress} rejects. If the address contains an
 * `@`, the advice mentions slashes in the password. Users could not guess this cause, because the error shows the
 * address without the user name and the password.
 */
export function serverAddressAdvice(text: string): string {
  const form = 'use https://HOST:PORT';
  return text.includes('@') ? `${form}, and write %2F for a slash in a user name or password` : form;
}
