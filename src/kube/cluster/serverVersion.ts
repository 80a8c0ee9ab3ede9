import type { Clock } from '../../base/async.ts';
import { requestJson } from '../../rest/request.ts';
import type { RestConfig } from '../../rest/restConfig.ts';

/**
 * Checks whether an API server answers: requests its version, and throws if there is no answer. Opens a new connection
 * to the server, because an existing connection may be dead. Does not return the version.
 * @throws CodedError as `requestJson` does
 */
export async function askVersion(config: RestConfig, signal: AbortSignal, clock: Clock): Promise<void> {
  const { callVersion } = await import('./apiCalls.ts');
  await callVersion((request) => requestJson(config, { ...request, signal }, { clock }));
}
