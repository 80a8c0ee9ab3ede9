import type { Exchange } from '../kinds/exchange.ts';
import type { ForwardRequestLog } from './requestLog.ts';

/**
 * Resolves with a function that a forward calls for each connection, to log the requests of the connection. The code
 * that parses requests is loaded only when `loadTap` is called, so that programs that log no requests start faster.
 * @param onExchange called with each exchange after it has ended
 */
export async function loadTap(onExchange: (exchange: Exchange) => void): Promise<ForwardRequestLog['open']> {
  const { tapExchanges } = await import('./tapExchanges.ts');
  return tapExchanges(onExchange);
}
