/** The members of `vscode.Uri` that this file uses, so that tests need no `vscode`. */
interface LinkParts {
  readonly authority: string;
  readonly path: string;
  toString(skipEncoding?: boolean): string;
}

/**
 * Returns the address that Copy Local Address copies in a remote window: usually `external`. Exception: if `external`
 * has a path or a domain other than `localhost`, only a browser can use it. If the address is not for a browser,
 * returns the host name and port of `local`, the address on the remote machine.
 * @param isForBrowser whether a browser may be able to open the address
 * @param external the URI at which the user's machine reaches `local`, according to VS Code
 */
export function externalAddress(isForBrowser: boolean, local: LinkParts, external: LinkParts): string {
  const hasPath = external.path !== '' && external.path !== '/';
  const isLoopback = /^(localhost|127\.0\.0\.1|\[::1\])(:\d+)?$/.test(external.authority);
  if (!isForBrowser && (hasPath || !isLoopback)) return local.authority;
  return hasPath ? external.toString(true) : external.authority;
}
