import { toCoded } from '../../base/errors.ts';
import type { ErrorInfo } from '../../rpc/contract.ts';
import { fromResponseError } from '../../rpc/rpcErrors.ts';

/** What a failed request tells: the host's own error where it sent one with it, else `INTERNAL`: a defect of ours. */
export function toErrorInfo(error: unknown): ErrorInfo {
  const { code, arguments: args } = toCoded(fromResponseError(error));
  return { code, arguments: args };
}
