import type { Exchange } from '../kinds/exchange.ts';
import { type ForwardRequestLog, RequestLog } from './requestLog.ts';

/**
 * Logs the requests of one forward, without heads and bodies.
 * @param onExchange called with each exchange after it has ended, in a microtask
 * @returns a function that the forward calls for each connection
 */
export function tapExchanges(onExchange: (exchange: Exchange) => void): ForwardRequestLog['open'] {
  const log = new RequestLog();
  log.exchanges.onDidChange(({ exchange, change }) => {
    if (change !== 'end') return;
    const { row } = exchange;
    // Calls the callback in a microtask, so that its exception does not count as an error of the connection.
    queueMicrotask(() => onExchange(row));
  });
  const forward = log.forward('');
  forward.setMode('metadata');
  return forward.open;
}
