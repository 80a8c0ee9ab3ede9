import { CodedError } from '../base/errors.ts';
import type { ContextRow } from './clustersContract.ts';

/**
 * Returns the error for a context of the workspace if the user has not allowed the file or the program that the host
 * would use to sign in. Undefined if signing in needs no permission. A client certificate needs none, because its key
 * is never sent.
 */
export function notAllowed({
  context,
  plugin,
  tokenFile,
}: Pick<ContextRow, 'context' | 'plugin' | 'tokenFile'>): CodedError | undefined {
  // Checks the token file first: if a user of a kubeconfig has both, the host uses only the file.
  if (tokenFile !== undefined) return new CodedError('TOKEN_FILE_NOT_ALLOWED', { context, file: tokenFile });
  if (plugin !== undefined) return new CodedError('PLUGIN_NOT_ALLOWED', { context, command: plugin });
  return undefined;
}
