import type { Clock } from '../../base/async.ts';
import type { ForwardEvent, PodReference } from '../../kinds/forwardNotice.ts';
import type { TransportName } from '../../kinds/transports.ts';
import type { RestConfig } from '../../rest/restConfig.ts';
import { ChannelDialer } from './channelDialer.ts';
import { FallbackDialer, type NamedDialer } from './fallbackDialer.ts';
import { SpdyDialer } from './spdyDialer.ts';
import type { Dialer, Tunnel } from './transport.ts';
import { TransportMemory } from './transportMemory.ts';
import { WebSocketDialer } from './webSocketDialer.ts';

export interface DialerOptions {
  readonly config: RestConfig;
  readonly clock: Clock;
  /** The only transport to use. Optional, default: the first that works. */
  readonly pinned?: TransportName | undefined;
  readonly memory?: TransportMemory | undefined;
  readonly onEvent: (event: ForwardEvent) => void;
}

/** Creates the dialer of one forward. */
export function createDialer(options: DialerOptions): Dialer {
  const { config, clock, pinned, onEvent } = options;
  const dialers: Readonly<Record<TransportName, Dialer>> = {
    spdy: new SpdyDialer(config, clock),
    websocket: new WebSocketDialer(config, clock),
    channel: new NoticingDialer(new ChannelDialer(config, clock), () => onEvent({ type: 'noHalfClose' })),
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
 * Returns the order of transports. Direct SPDY adds less overhead and needs the verb that roles usually grant. Gateways and
 * proxies let WebSockets through.
 */
function transportOrder(config: RestConfig): readonly TransportName[] {
  const isDirect = config.proxy === undefined && config.server.pathname === '/';
  return isDirect ? ['spdy', 'websocket', 'channel'] : ['websocket', 'spdy', 'channel'];
}

/** Reports the first use of the dialer. */
class NoticingDialer implements Dialer {
  readonly #dialer: Dialer;
  #notice: (() => void) | undefined;

  constructor(dialer: Dialer, notice: () => void) {
    this.#dialer = dialer;
    this.#notice = notice;
  }

  async dial(pod: PodReference, signal: AbortSignal): Promise<Tunnel> {
    const tunnel = await this.#dialer.dial(pod, signal);
    this.#notice?.();
    this.#notice = undefined;
    return tunnel;
  }
}
