import { isLoopbackAuthority } from '../../base/address.ts';

/** The members of `vscode.Uri` that this file uses, so that tests need no `vscode`. */
interface LinkParts {
  readonly authority: string;
  readonly path: string;
  toString(skipEncoding?: boolean): string;
}

/**
 * Returns the address that the command Copy Local Address copies in a remote window. Usually, this is the host name and
 * port of `external`. If `external` has a path, it is the whole URI `external`. But only a browser can use a URI that
 * has a path, or whose host is not a loopback address. If `external` is such a URI and no browser can open the port,
 * returns the host name and port of `local`.
 * @param isForBrowser whether a browser may be able to open the port
 * @param local the URI on the remote machine
 * @param external the URI at which the user's machine reaches `local`, according to VS Code
 */
export function externalAddress(isForBrowser: boolean, local: LinkParts, external: LinkParts): string {
  const hasPath = external.path !== '' && external.path !== '/';
  if (!isForBrowser && (hasPath || !isLoopbackAuthority(external.authority))) return local.authority;
  return hasPath ? external.toString(true) : external.authority;
}
