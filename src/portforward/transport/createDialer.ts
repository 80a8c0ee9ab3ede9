import type { Clock } from '../../base/async.ts';
import type { ForwardEvent } from '../../kinds/forwardNotice.ts';
import type { TransportName } from '../../kinds/transports.ts';
import type { RestConfig } from '../../rest/restConfig.ts';
import { channelDialer } from './channelDialer.ts';
import { FallbackDialer, type NamedDialer } from './fallbackDialer.ts';
import { spdyDialer } from './spdyDialer.ts';
import type { Dialer } from './transport.ts';
import { TransportMemory } from './transportMemory.ts';
import { webSocketDialer } from './webSocketDialer.ts';

export interface DialerOptions {
  readonly config: RestConfig;
  readonly clock: Clock;
  /** The only transport to use. Optional, default: the first transport that works. */
  readonly pinned?: TransportName | undefined;
  /**
   * Remembers the transports that have failed, so that these transports are tried last when the next tunnels are
   * opened. Optional, default: a new, empty memory.
   */
  readonly memory?: TransportMemory | undefined;
  readonly onEvent: (event: ForwardEvent) => void;
}

/** Creates the dialer of one forward. */
export function createDialer(options: DialerOptions): Dialer {
  const { config, clock, pinned, onEvent } = options;
  const dialers: Readonly<Record<TransportName, Dialer>> = {
    spdy: spdyDialer(config, clock),
    websocket: webSocketDialer(config, clock),
    channel: noticing(channelDialer(config, clock), () => onEvent({ type: 'noHalfClose' })),
  };
  if (pinned !== undefined) return dialers[pinned];
  return new FallbackDialer({
    dialers: transportOrder(config).map((name): NamedDialer => ({ name, dialer: dialers[name] })),
    memory: options.memory ?? new TransportMemory(),
    clock,
    onRefused: (transport, error) => onEvent({ type: 'transportRefused', transport, error }),
  });
}

/**
 * Returns the transports in the order of preference. Direct SPDY has less overhead and needs the verb that roles
 * usually grant (`create`). If a proxy is used or the URL of the server has a path, another program is in front of the
 * API server. SPDY in a WebSocket then comes first, because most of these programs support WebSockets.
 */
function transportOrder(config: RestConfig): readonly TransportName[] {
  const isDirect = config.proxy === undefined && config.server.pathname === '/';
  return isDirect ? ['spdy', 'websocket', 'channel'] : ['websocket', 'spdy', 'channel'];
}

/**
 * Returns a dialer that calls `notice` once, after it has opened its first tunnel. The notice warns users that the
 * transport of this dialer cannot half-close.
 */
function noticing(dialer: Dialer, notice: () => void): Dialer {
  let isNoticed = false;
  return {
    async dial(...request) {
      const tunnel = await dialer.dial(...request);
      if (!isNoticed) notice();
      isNoticed = true;
      return tunnel;
    },
  };
}
