import type { Exchange } from '../kinds/exchange.ts';
import type { OpenTapPlace } from '../portforward/connectionTap.ts';

/** Loads the parsers for callers that want exchanges only. */
export async function loadTap(onExchange: (exchange: Exchange) => void): Promise<OpenTapPlace> {
  const { tapExchanges } = await import('../inspect/tapExchanges.ts');
  return tapExchanges(onExchange);
}
