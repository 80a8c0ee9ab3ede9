/** The part of `vscode.Uri` that is needed here. */
interface LinkParts {
  readonly authority: string;
  readonly path: string;
  toString(skipEncoding?: boolean): string;
}

/**
 * Returns the address to copy in a remote window: one that the user's machine can reach, as a URL if the address must be one. A
 * program that is not a browser cannot use a URL, so it gets host and port as seen from the remote machine.
 * @param isForBrowser whether the address may be one that a browser opens
 * @param external the URI that VS Code returns for `local` on the user's machine
 */
export function externalAddress(isForBrowser: boolean, local: LinkParts, external: LinkParts): string {
  const hasPath = external.path !== '' && external.path !== '/';
  const isLoopback = /^(localhost|127\.0\.0\.1|\[::1\])(:\d+)?$/.test(external.authority);
  if (!isForBrowser && (hasPath || !isLoopback)) return local.authority;
  return hasPath ? external.toString(true) : external.authority;
}
