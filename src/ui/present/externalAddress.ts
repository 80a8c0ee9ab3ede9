import type { ForwardSnapshot } from '../../rpc/contract.ts';
import { isForBrowser } from './forwardText.ts';

/** What is needed of a `vscode.Uri`. */
interface LinkParts {
  readonly authority: string;
  readonly path: string;
  toString(skipEncoding?: boolean): string;
}

/**
 * What to copy of a forward in a remote window: what leads there from the user's machine, a whole URL where it must be one. A URL
 * is of no use to a program that is no browser: that gets host and port, as the remote machine itself reaches them.
 * @param external what VS Code makes of `local` for the user's machine
 */
export function externalAddress(forward: ForwardSnapshot, local: LinkParts, external: LinkParts): string {
  const hasPath = external.path !== '' && external.path !== '/';
  const isLoopback = /^(localhost|127\.0\.0\.1|\[::1\])(:\d+)?$/.test(external.authority);
  if (!isForBrowser(forward) && (hasPath || !isLoopback)) return local.authority;
  return hasPath ? external.toString(true) : external.authority;
}
