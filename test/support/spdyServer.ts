import type { Duplex } from 'node:stream';
import { SpdyConnection } from '../../src/spdy/connection.ts';
import type { SpdyStream } from '../../src/spdy/stream.ts';
import { TestTcpServer } from './tcpServer.ts';

/** One local client's connection as it reaches the test server: the pod's port, and the two SPDY streams. */
export interface ForwardedConnection {
  readonly port: number;
  readonly data: SpdyStream;
  readonly error: SpdyStream;
}

/** Acts as an API server that forwards ports over SPDY (without a WebSocket and TLS). The test acts as the pod. */
export interface SpdyServer extends AsyncDisposable {
  readonly tcp: TestTcpServer;
  /** The open SPDY connections of clients. */
  readonly tunnels: ReadonlySet<SpdyConnection>;
  readonly heads: readonly string[];
  /** Returns the HTTP response to a client's request for SPDY. If undefined, the response is {@link SWITCHING}. */
  answer: ((head: string) => string) | undefined;
}

/** The HTTP response that accepts SPDY. */
export const SWITCHING = [
  'HTTP/1.1 101 Switching Protocols',
  'Connection: Upgrade',
  'Upgrade: SPDY/3.1',
  'X-Stream-Protocol-Version: portforward.k8s.io',
  '\r\n',
].join('\r\n');

/** Starts a server. By default, the pod echoes all bytes of each connection, and reports no error at its end. */
export async function startSpdyServer(onConnection = echo): Promise<SpdyServer> {
  const tunnels = new Set<SpdyConnection>();
  const tcp = await TestTcpServer.answering((head, socket) => {
    const answer = server.answer?.(head) ?? SWITCHING;
    socket.write(answer);
    if (answer === SWITCHING) tunnels.add(serve(socket, tunnels, onConnection));
  });
  const server: SpdyServer = {
    tcp,
    tunnels,
    heads: tcp.asked,
    answer: undefined,
    [Symbol.asyncDispose]: () => tcp[Symbol.asyncDispose](),
  };
  return server;
}

function serve(
  socket: Duplex,
  tunnels: Set<SpdyConnection>,
  onConnection: (connection: ForwardedConnection) => void,
): SpdyConnection {
  const errors = new Map<string, SpdyStream>();
  const tunnel = new SpdyConnection(socket, {
    role: 'server',
    onStream(stream) {
      stream.reply();
      const requestId = stream.headers.get('requestid') ?? '';
      if (stream.headers.get('streamtype') === 'error') {
        errors.set(requestId, stream.resume());
        return;
      }
      const error = errors.get(requestId);
      if (error !== undefined)
        onConnection({ port: Number(stream.headers.get('port')), data: stream, error });
    },
  });
  tunnel.onDidClose(() => tunnels.delete(tunnel));
  // `readHead` has paused the socket.
  socket.resume();
  return tunnel;
}

function echo({ data, error }: ForwardedConnection): void {
  data.pipe(data);
  data.once('finish', () => error.end());
}
