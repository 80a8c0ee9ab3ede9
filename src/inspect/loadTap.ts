import type { Exchange } from '../kinds/exchange.ts';
import type { ForwardRequestLog } from './requestLog.ts';

/**
 * Returns a function that the engine calls for each connection, to log its requests. Loads the parsers of requests only
 * in this call, so that programs that log no requests start faster.
 * @param onExchange called with each exchange after it has ended
 */
export async function loadTap(onExchange: (exchange: Exchange) => void): Promise<ForwardRequestLog['open']> {
  const { tapExchanges } = await import('./tapExchanges.ts');
  return tapExchanges(onExchange);
}
