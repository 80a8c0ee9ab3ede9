import type { Clock } from '../../base/async.ts';
import { CodedError } from '../../base/errors.ts';
import { redact } from '../../rest/redaction.ts';
import type { RestConfig } from '../../rest/restConfig.ts';
import { upgrade } from '../../rest/upgrade.ts';
import { HANDSHAKE_TIMEOUT_MS, portForwardPath } from './portForwardPath.ts';
import { SpdyTunnel } from './spdyTunnel.ts';
import type { Dialer } from './transport.ts';

// Protocol names from apimachinery `pkg/util/httpstream/spdy` and kubelet
// `pkg/kubelet/server/portforward/constants.go`.
const SPDY_PROTOCOL = 'SPDY/3.1';
const STREAM_PROTOCOL_HEADER = 'X-Stream-Protocol-Version';
const STREAM_PROTOCOL = 'portforward.k8s.io';

/**
 * Opens tunnels by direct SPDY, which every version of Kubernetes supports. The request is a POST, so RBAC checks the
 * verb `create` of `pods/portforward`.
 */
export function spdyDialer(config: RestConfig, clock: Clock): Dialer {
  return {
    async dial(pod, signal) {
      const request = {
        method: 'POST',
        path: portForwardPath(pod),
        protocol: SPDY_PROTOCOL,
        headers: { [STREAM_PROTOCOL_HEADER]: STREAM_PROTOCOL },
        timeoutMs: HANDSHAKE_TIMEOUT_MS,
        clock,
      } as const;
      const { socket, headers } = await upgrade(config, request, signal);
      const agreed = headers[STREAM_PROTOCOL_HEADER.toLowerCase()];
      if (headers.upgrade?.toUpperCase() === SPDY_PROTOCOL && agreed === STREAM_PROTOCOL) {
        return new SpdyTunnel('spdy', socket, (text) => redact(config, text));
      }
      socket.destroy();
      const reason = redact(config, `the server switched to ${String(headers.upgrade)} (${String(agreed)})`);
      const server = config.server.origin;
      throw new CodedError('UPGRADE_REFUSED', { server, transport: SPDY_PROTOCOL, status: 101, reason });
    },
  };
}
