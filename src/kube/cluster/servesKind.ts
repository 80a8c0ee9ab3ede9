import { array, object, text } from '../../json/shape.ts';
import type { KindInfo } from '../../kinds/targetKinds.ts';
import { type RequestOptions, requestJson } from '../../rest/request.ts';
import type { RestConfig } from '../../rest/restConfig.ts';
import { isStatus } from '../../rest/statusError.ts';

const KINDS_OF_GROUP = object({ resources: array(object({ name: text() })) });

/**
 * Returns true if a server has a kind. Asks the discovery API, which every signed-in user may read. A list request
 * would not answer the question: if the user may not list the kind, the server answers 403 whether or not it has the
 * kind. The server would also write the 403 to its audit log.
 * @throws CodedError as `requestJson` does
 */
export async function servesKind(
  config: RestConfig,
  options: RequestOptions,
  kind: KindInfo,
  signal: AbortSignal,
): Promise<boolean> {
  const { callDiscovery } = await import('./apiCalls.ts');
  try {
    const { resources } = await callDiscovery(kind, (request) =>
      requestJson(config, { ...request, signal }, { ...options, shape: KINDS_OF_GROUP }),
    );
    return resources?.some(({ name }) => name === kind.plural) ?? false;
  } catch (error) {
    if (isStatus(error, 404)) return false;
    throw error;
  }
}
