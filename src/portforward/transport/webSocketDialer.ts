import type { Clock } from '../../base/async.ts';
import type { PodReference } from '../../kinds/forwardNotice.ts';
import { redact } from '../../rest/redaction.ts';
import type { RestConfig } from '../../rest/restConfig.ts';
import { WebSocketStream } from '../../websocket/webSocketStream.ts';
import { portForwardPath } from './portForwardPath.ts';
import { SpdyTunnel } from './spdyTunnel.ts';
import type { Dialer, Tunnel } from './transport.ts';
import { maskingFor, openWebSocket, TUNNEL_SUBPROTOCOL } from './webSocketHandshake.ts';

/**
 * Dials SPDY in a WebSocket, the default since Kubernetes 1.31, which proxies let through. A GET, so RBAC checks `get
 * pods/portforward`, and since 1.35 `create` as well.
 */
export class WebSocketDialer implements Dialer {
  readonly #config: RestConfig;
  readonly #clock: Clock;

  constructor(config: RestConfig, clock: Clock) {
    this.#config = config;
    this.#clock = clock;
  }

  async dial(pod: PodReference, signal: AbortSignal): Promise<Tunnel> {
    const path = portForwardPath(pod);
    const socket = await openWebSocket(this.#config, path, TUNNEL_SUBPROTOCOL, this.#clock, signal);
    const bytes = new WebSocketStream(socket, { role: 'client', masking: maskingFor(this.#config) });
    return new SpdyTunnel('websocket', bytes, (text) => redact(this.#config, text));
  }
}
