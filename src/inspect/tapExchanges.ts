import type { Exchange } from '../kinds/exchange.ts';
import { type ForwardRequestLog, RequestLog } from './requestLog.ts';

/**
 * Follows the connections of one forward from their beginnings, without heads and bodies.
 * @param onExchange called with each exchange that has ended, outside of the connection's turn
 * @returns a function that the engine calls for each connection
 */
export function tapExchanges(onExchange: (exchange: Exchange) => void): ForwardRequestLog['open'] {
  const log = new RequestLog();
  log.exchanges.onDidChange(({ exchange, change }) => {
    if (change !== 'end') return;
    const { row } = exchange;
    // An error of the callback must not look like an error of the connection.
    queueMicrotask(() => onExchange(row));
  });
  const forward = log.forward('');
  forward.setMode('metadata');
  return forward.open;
}
