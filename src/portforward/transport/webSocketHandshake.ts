import type { Socket } from 'node:net';
import type { Clock } from '../../base/async.ts';
import { CodedError } from '../../base/errors.ts';
import { redact } from '../../rest/redaction.ts';
import type { RestConfig } from '../../rest/restConfig.ts';
import { upgrade } from '../../rest/upgrade.ts';
import type { Masking } from '../../websocket/frames.ts';
import { acceptKey, handshakeHeaders } from '../../websocket/handshake.ts';
import { HANDSHAKE_TIMEOUT_MS } from './portForwardPath.ts';

/** The subprotocol that tunnels SPDY/3.1 (KEP-4006, apimachinery `pkg/util/portforward/constants.go`). */
export const TUNNEL_SUBPROTOCOL = 'SPDY/3.1+portforward.k8s.io';
/**
 * The subprotocol that carries one connection in each WebSocket (kubelet
 * `pkg/kubelet/cri/streaming/portforward/websocket.go`).
 */
export const CHANNEL_SUBPROTOCOL = 'v4.channel.k8s.io';

/**
 * Opens a WebSocket with exactly this subprotocol. The caller owns the socket.
 * @throws CodedError the errors of `upgrade`
 */
export async function openWebSocket(
  config: RestConfig,
  path: string,
  subprotocol: string,
  clock: Clock,
  signal: AbortSignal,
): Promise<Socket> {
  const asked = handshakeHeaders([subprotocol]);
  const { socket, headers } = await upgrade(
    config,
    {
      method: 'GET',
      path,
      protocol: 'websocket',
      headers: asked,
      timeoutMs: HANDSHAKE_TIMEOUT_MS,
      clock,
    },
    signal,
  );
  const isAccepted = headers['sec-websocket-accept'] === acceptKey(asked['Sec-WebSocket-Key']);
  const agreed = headers['sec-websocket-protocol'];
  if (isAccepted && agreed === subprotocol) return socket;
  socket.destroy();
  throw new CodedError('UPGRADE_REFUSED', {
    server: config.server.origin,
    transport: subprotocol,
    status: 101,
    reason: isAccepted
      ? redact(config, `the server chose subprotocol ${String(agreed)}`)
      : 'invalid WebSocket handshake response',
  });
}

/**
 * Returns how to mask payloads. Without TLS, the masking keys must be unpredictable (RFC 6455 section 5.3), because a
 * cache between client and server could mistake a payload for HTTP. With TLS, caches cannot read the payload, so a
 * masking key of zeros is enough.
 */
export function maskingFor(config: RestConfig): Masking {
  return config.server.protocol === 'https:' ? 'zero' : 'random';
}
