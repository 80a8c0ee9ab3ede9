import type { Clock } from '../../base/async.ts';
import { redact } from '../../rest/redaction.ts';
import type { RestConfig } from '../../rest/restConfig.ts';
import { WebSocketStream } from '../../websocket/webSocketStream.ts';
import { portForwardPath } from './portForwardPath.ts';
import { SpdyTunnel } from './spdyTunnel.ts';
import type { Dialer } from './transport.ts';
import { maskingFor, openWebSocket, TUNNEL_SUBPROTOCOL } from './webSocketHandshake.ts';

/**
 * Opens tunnels by SPDY in a WebSocket. kubectl has used this transport by default since 1.31, and most proxies support
 * it. The request is a GET, so RBAC checks the verb `get` of `pods/portforward`, and since Kubernetes 1.35 also the
 * verb `create`.
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
