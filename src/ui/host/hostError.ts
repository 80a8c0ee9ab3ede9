import { toCoded } from '../../base/errors.ts';
import type { ErrorInfo } from '../../rpc/contract.ts';
import { fromResponseError } from '../../rpc/rpcErrors.ts';

/** The error of a failed request: the error that the host sent, otherwise `INTERNAL`, which is a bug of ours. */
export function toErrorInfo(error: unknown): ErrorInfo {
  const { code, arguments: args } = toCoded(fromResponseError(error));
  return { code, arguments: args };
}
