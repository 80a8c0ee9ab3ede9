/** The part of `vscode.Uri` that is needed here. */
interface LinkParts {
  readonly authority: string;
  readonly path: string;
  toString(skipEncoding?: boolean): string;
}

/**
 * Returns the address that Copy Local Address copies in a remote window: the address at which the user's machine
 * reaches the forward. This address may be a URL, which only browsers can use. For other programs, returns host and
 * port on the remote machine instead of a URL.
 * @param isForBrowser whether a browser may be able to open the address
 * @param external the URI that VS Code returns for `local` on the user's machine
 */
export function externalAddress(isForBrowser: boolean, local: LinkParts, external: LinkParts): string {
  const hasPath = external.path !== '' && external.path !== '/';
  const isLoopback = /^(localhost|127\.0\.0\.1|\[::1\])(:\d+)?$/.test(external.authority);
  if (!isForBrowser && (hasPath || !isLoopback)) return local.authority;
  return hasPath ? external.toString(true) : external.authority;
}
