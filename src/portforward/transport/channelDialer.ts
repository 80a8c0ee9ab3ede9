import type { Socket } from 'node:net';
import type { Clock } from '../../base/async.ts';
import { type CodedError, isCoded } from '../../base/errors.ts';
import { Emitter } from '../../base/event.ts';
import type { PodReference } from '../../kinds/forwardNotice.ts';
import { redact } from '../../rest/redaction.ts';
import type { RestConfig } from '../../rest/restConfig.ts';
import { isStatus } from '../../rest/statusError.ts';
import { ChannelConnection } from './channelConnection.ts';
import { isProtocolRefusal } from './fallbackDialer.ts';
import { portForwardPath } from './portForwardPath.ts';
import type { Dialer, PodConnection, Tunnel } from './transport.ts';
import { CHANNEL_SUBPROTOCOL, maskingFor, openWebSocket } from './webSocketHandshake.ts';

const MISSING_PORT_STATUS = 400;

/**
 * Opens tunnels of the transport `channel`, which uses one WebSocket for each connection. Before Kubernetes 1.30, this
 * is the only transport for users who have only the verb `get`. `dial` only tests whether the server supports the
 * protocol. For this test, `dial` requests a channel without a port and a channel with the invalid port 0, because a
 * channel with a valid port would already connect to the pod.
 */
export function channelDialer(config: RestConfig, clock: Clock): Dialer {
  return {
    async dial(pod, signal) {
      const refusalOf = async (query: string) => {
        const path = `${portForwardPath(pod)}${query}`;
        try {
          (await openWebSocket(config, path, CHANNEL_SUBPROTOCOL, clock, signal)).destroy();
          return undefined;
        } catch (error) {
          return error;
        }
      };
      const [withoutPort, withZero] = await Promise.all([refusalOf(''), refusalOf('?ports=0')]);
      signal.throwIfAborted();
      if (withoutPort !== undefined && !isMissingPort(withoutPort, withZero)) throw withoutPort;
      return new ChannelTunnel(config, pod, clock);
    },
  };
}

/**
 * Returns whether the server answered that the port is missing. A server that supports and permits the protocol answers
 * a request without a port with 400 (kubelet `NewV4Options`), and gives another reason for a request with the invalid
 * port 0. If a proxy removes `Upgrade` headers, the server answers both requests with 400 and the same reason.
 */
function isMissingPort(withoutPort: unknown, withZero: unknown): boolean {
  if (!isStatus(withoutPort, MISSING_PORT_STATUS)) return false;
  return !isStatus(withZero, MISSING_PORT_STATUS) || withZero.status.message !== withoutPort.status.message;
}

class ChannelTunnel implements Tunnel {
  readonly transport = 'channel';
  readonly isShared = false;
  readonly isPaused = false;
  readonly #config: RestConfig;
  readonly #pod: PodReference;
  readonly #clock: Clock;
  readonly #connections = new Set<ChannelConnection>();
  readonly #didClose = new Emitter<CodedError | undefined>();
  readonly onDidClose = this.#didClose.event;
  readonly onDidChangePause = new Emitter<boolean>().event;
  #isClosed = false;
  #hasWorked = false;

  constructor(config: RestConfig, pod: PodReference, clock: Clock) {
    this.#config = config;
    this.#pod = pod;
    this.#clock = clock;
  }

  get isClosing(): boolean {
    return this.#isClosed;
  }

  open(port: number): PodConnection {
    const path = `${portForwardPath(this.#pod)}?ports=${port}`;
    const connection = new ChannelConnection({
      open: (signal) => this.#open(path, signal),
      masking: maskingFor(this.#config),
      redact: (text) => redact(this.#config, text),
      clock: this.#clock,
    });
    this.#connections.add(connection);
    connection.once('close', () => this.#connections.delete(connection));
    return connection;
  }

  lose(error: CodedError): void {
    this.#close(error);
  }

  dispose(): void {
    this.#close(undefined);
  }

  async #open(path: string, signal: AbortSignal): Promise<Socket> {
    try {
      const socket = await openWebSocket(this.#config, path, CHANNEL_SUBPROTOCOL, this.#clock, signal);
      this.#hasWorked = true;
      return socket;
    } catch (error) {
      if (isCoded(error) && this.#isHopeless(error)) this.lose(error);
      throw error;
    }
  }

  /**
   * Returns whether the error ends the whole tunnel, because no open connection can continue and no new connection can
   * be opened. True if the pod does not exist, or if the server does not support the protocol. A missing permission or
   * login does not end the tunnel, because the server keeps connections that are already open.
   */
  #isHopeless(error: CodedError): boolean {
    return isCoded(error, 'POD_NOT_FOUND') || (isProtocolRefusal(error) && !this.#hasWorked);
  }

  #close(error: CodedError | undefined): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    for (const connection of this.#connections) connection.destroy(error);
    this.#didClose.fire(error);
    this.#didClose.dispose();
  }
}
