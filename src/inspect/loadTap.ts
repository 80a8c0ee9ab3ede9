import type { Exchange } from '../kinds/exchange.ts';
import type { ForwardRequestLog } from './requestLog.ts';

/** Loads the parsers, which only programs that want exchanges need. The result is as of `tapExchanges`. */
export async function loadTap(onExchange: (exchange: Exchange) => void): Promise<ForwardRequestLog['open']> {
  const { tapExchanges } = await import('./tapExchanges.ts');
  return tapExchanges(onExchange);
}
