import { readFilter } from '../../panel/filter.ts';
import type { Exchange } from '../../rpc/exchanges.ts';
import type { ForwardsModel } from '../forwards/forwardsModel.ts';
import type { GatewaysModel } from '../gateways/gatewaysModel.ts';
import { presentExchange } from '../present/exchangeRows.ts';
import { timeFormatter } from '../present/format.ts';
import { forwardName } from '../present/forwardText.ts';
import type { RequestsModel } from '../requests/requestsModel.ts';
import type { ListRequestsInput } from './toolInput.ts';

export interface RequestSources {
  readonly requests: RequestsModel;
  readonly forwards: ForwardsModel;
  readonly gateways: Pick<GatewaysModel, 'all'>;
}

/**
 * The maximum number of requests in a result. It is small, because an agent reads the whole result. If there are more
 * requests, the result has the latest, and `omitted` says how many are missing.
 */
const LIMIT = 100;

/**
 * Lists the latest logged requests. `notLogged` in the result has the ids of forwards and gateways without a log, so
 * that an agent does not conclude that they have no traffic.
 */
export async function listRequests(
  { requests, forwards, gateways }: RequestSources,
  { forward, filter }: ListRequestsInput,
): Promise<unknown> {
  const wanted = [...forwards.all, ...gateways.all].filter(
    ({ id }) => forward === undefined || id === forward,
  );
  const names = new Map(forwards.all.map((one) => [one.id, forwardName(one)]));
  const passes = readFilter(filter ?? '');
  const toTime = timeFormatter(Date.now());
  const matching = (await requests.list(forward === undefined ? {} : { forward })).filter((exchange) =>
    passes(presentExchange(exchange, names.get(exchange.forward) ?? '', toTime)),
  );
  return {
    requests: matching.slice(-LIMIT).map(toInfo),
    omitted: Math.max(0, matching.length - LIMIT),
    notLogged: wanted.filter(({ requestLog }) => (requestLog ?? 'off') === 'off').map(({ id }) => id),
  };
}

/**
 * Converts an exchange to the form that chat agents get. The form contains no headers and no bodies, because an
 * {@link Exchange} has none: recorded headers and bodies are only in its details, which agents cannot request.
 */
function toInfo({ startedAt, isRecorded: _, ...exchange }: Exchange): unknown {
  return { ...exchange, startedAt: new Date(startedAt).toISOString() };
}
