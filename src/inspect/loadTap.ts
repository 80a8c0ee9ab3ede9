import type { Exchange } from '../kinds/exchange.ts';
import type { ForwardRequestLog } from './requestLog.ts';

/**
 * Loads the parsers of the request log, and returns the result of `tapExchanges`. Loads them only in this call, so that
 * programs that log no requests start faster.
 */
export async function loadTap(onExchange: (exchange: Exchange) => void): Promise<ForwardRequestLog['open']> {
  const { tapExchanges } = await import('./tapExchanges.ts');
  return tapExchanges(onExchange);
}
