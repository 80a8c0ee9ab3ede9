import type { Clock } from '../../base/async.ts';
import { requestJson } from '../../rest/request.ts';
import type { RestConfig } from '../../rest/restConfig.ts';

/**
 * Requests the version of a server over a new connection, to find out whether the server answers.
 * @throws CodedError as `requestJson` does
 */
export async function askVersion(config: RestConfig, signal: AbortSignal, clock: Clock): Promise<void> {
  const { callVersion } = await import('./apiCalls.ts');
  await callVersion((request) => requestJson(config, { ...request, signal }, { clock }));
}
