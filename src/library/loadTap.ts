import type { GatewayOptions } from '../gateway/gateway.ts';
import type { Exchange } from '../kinds/exchange.ts';

/** Loads the parsers for callers that want exchanges only. */
export async function loadTap(
  onExchange: (exchange: Exchange) => void,
): Promise<NonNullable<GatewayOptions['openTapPlace']>> {
  const { tapExchanges } = await import('../inspect/tapExchanges.ts');
  return tapExchanges(onExchange);
}
