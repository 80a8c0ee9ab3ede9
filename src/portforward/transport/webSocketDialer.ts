import type { Clock } from '../../base/async.ts';
import { redact } from '../../rest/redaction.ts';
import type { RestConfig } from '../../rest/restConfig.ts';
import { WebSocketStream } from '../../websocket/webSocketStream.ts';
import { portForwardPath } from './portForwardPath.ts';
import { SpdyTunnel } from './spdyTunnel.ts';
import type { Dialer } from './transport.ts';
import { maskingFor, openWebSocket, TUNNEL_SUBPROTOCOL } from './webSocketHandshake.ts';

/**
 * Dials SPDY in a WebSocket, the default since Kubernetes 1.31, which proxies let through. A GET, so RBAC checks `get
 * pods/portforward`, and since 1.35 `create` as well.
 */
export function webSocketDialer(config: RestConfig, clock: Clock): Dialer {
  return {
    async dial(pod, signal) {
      const socket = await openWebSocket(config, portForwardPath(pod), TUNNEL_SUBPROTOCOL, clock, signal);
      const bytes = new WebSocketStream(socket, { role: 'client', masking: maskingFor(config) });
      return new SpdyTunnel('websocket', bytes, (text) => redact(config, text));
    },
  };
}
