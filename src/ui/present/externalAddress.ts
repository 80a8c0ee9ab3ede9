/** The part of `vscode.Uri` that is needed here. */
interface LinkParts {
  readonly authority: string;
  readonly path: string;
  toString(skipEncoding?: boolean): string;
}

/**
 * Returns the address that Copy Local Address copies in a remote window: usually `external`. If `external` is a URL
 * with a path or another domain, only browsers can use it. Then, if the address is not for a browser, returns host and
 * port on the remote machine (`local`).
 * @param isForBrowser whether a browser may be able to open the address
 * @param external the URI at which the user's machine reaches `local`, according to VS Code
 */
export function externalAddress(isForBrowser: boolean, local: LinkParts, external: LinkParts): string {
  const hasPath = external.path !== '' && external.path !== '/';
  const isLoopback = /^(localhost|127\.0\.0\.1|\[::1\])(:\d+)?$/.test(external.authority);
  if (!isForBrowser && (hasPath || !isLoopback)) return local.authority;
  return hasPath ? external.toString(true) : external.authority;
}
