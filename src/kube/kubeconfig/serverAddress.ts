/**
 * Parses the address of an API server. Returns undefined for an invalid address. An address without a scheme means
 * HTTP, even with TLS settings, as in kubectl 1.32: it may be the address of a `kubectl proxy`.
 */
export function parseServerAddress(text: string): URL | undefined {
  const withScheme = text.includes('://') ? text : `http://${text}`;
  if (!URL.canParse(withScheme)) return undefined;
  const url = new URL(withScheme);
  // Rejects spaces around an address, because Go rejects them although `URL` ignores them. Also rejects a `#`, because
  // client-go would ignore everything after it.
  if (text.trim() !== text || url.hash !== '') return undefined;
  // Rejects an address with an `@` in its path. The password then contains a slash, at which `URL` has ended the host,
  // and every request would send the rest of the password in its path. kubectl accepts such an address if a number
  // precedes the slash, as in `https://me:12/34@host`.
  if (url.pathname.includes('@')) return undefined;
  return url.protocol === 'http:' || url.protocol === 'https:' ? url : undefined;
}

/**
 * Returns the advice for an error about an address that {@link parseServerAddress} rejects. If the address contains an
 * `@`, the advice mentions slashes in the password, because users would not see this cause: the error shows the address
 * without the user name and the password.
 */
export function serverAddressAdvice(text: string): string {
  const form = 'use https://HOST:PORT';
  return text.includes('@') ? `${form}, and write %2F for a slash in a user name or password` : form;
}
