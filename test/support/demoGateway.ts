import { execFile, spawnSync } from 'node:child_process';
import net, { type Socket } from 'node:net';
import { promisify } from 'node:util';
import { systemClock } from '../../src/base/async.ts';
import type { DemoCluster } from '../../src/demo/entry.ts';
import { Gateway, type GatewayNotice, type GatewayOptions } from '../../src/gateway/gateway.ts';
import { connectCluster } from '../../src/kube/cluster/cluster.ts';
import type { RestConfig } from '../../src/rest/restConfig.ts';
import { RestServerProbe } from '../../src/session/serverProbe.ts';
import { demoRestConfig, type TestEnd } from './demoForward.ts';
import { readToClose } from './socketPair.ts';
import { readUntilFound } from './tcpClient.ts';

const run = promisify(execFile);
const CLIENT_LIMIT_MS = 30_000;

export interface DemoGatewayOptions extends Partial<GatewayOptions> {
  readonly restConfig?: RestConfig;
}

/**
 * The ways in which a client can reach a service by name: SOCKS 5, a tunnel through an HTTP proxy (CONNECT), a request
 * to an HTTP proxy, and a name below `localhost`.
 */
export const WAYS = ['socks', 'connect', 'absolute', 'localhost'] as const;
export type Way = (typeof WAYS)[number];

/** A gateway to namespaces of the demo cluster, on a free port. The gateway ends with the test. */
export class DemoGateway {
  readonly gateway: Gateway;
  readonly notices: GatewayNotice[] = [];

  constructor(test: TestEnd, demo: DemoCluster, options: DemoGatewayOptions = {}) {
    const { restConfig = demoRestConfig(demo), ...more } = options;
    const cluster = connectCluster(restConfig);
    this.gateway = new Gateway({
      context: 'demo-admin',
      slug: 'demo-admin',
      namespaces: ['demo'],
      localPort: { mode: 'exact', port: 0 },
      access: () => Promise.resolve({ restConfig, cluster }),
      clock: systemClock,
      probe: new RestServerProbe(systemClock),
      ...more,
    });
    this.gateway.onDidNotice((notice) => this.notices.push(notice));
    test.after(async () => {
      await this.gateway.stop();
      cluster.dispose();
    });
  }

  get port(): number {
    return this.gateway.localPort ?? 0;
  }

  /** Returns a URL such as `http://web.demo.localhost:PORT/path`. */
  url(name: string, path = '/'): string {
    return `http://${name}.localhost:${this.port}${path}`;
  }

  get proxy(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  get socks(): string {
    return `socks5h://127.0.0.1:${this.port}`;
  }

  /** The error codes of the client connections that the gateway has refused. */
  get refusals(): readonly string[] {
    return this.notices.flatMap((notice) => (notice.type === 'refused' ? [notice.error.code] : []));
  }

  /**
   * Connects to the gateway and sends a request for `path` of the service `name`, in one of the {@link WAYS}. The
   * caller closes the socket.
   */
  async request(way: Way, name: string, path: string): Promise<Socket> {
    const socket = net.connect(this.port, '127.0.0.1');
    if (way === 'socks') {
      socket.write(Buffer.from([5, 1, 0]));
      await readHex(socket, 2);
      socket.write(socksRequest(1, name, 80));
      await readHex(socket, 10);
    } else if (way === 'connect') {
      socket.write(`CONNECT ${name}:80 HTTP/1.1\r\nHost: ${name}:80\r\n\r\n`);
      await readUntilText(socket, /200 Connection established\r\n\r\n/);
    }
    const target = way === 'absolute' ? `http://${name}${path}` : path;
    socket.write(`GET ${target} HTTP/1.1\r\nHost: ${name}${way === 'localhost' ? '.localhost' : ''}\r\n\r\n`);
    return socket;
  }

  /** Sends bytes to the gateway over a new connection. Returns all received bytes when the connection has ended. */
  async exchange(...writes: readonly (string | Buffer)[]): Promise<Buffer> {
    const socket = net.connect(this.port, '127.0.0.1');
    for (const bytes of writes) socket.write(bytes);
    return await readToEnd(socket);
  }
}

/** Opens a gateway, and waits until it has started or has failed to start. */
export async function settledGateway(...parameters: ConstructorParameters<typeof DemoGateway>) {
  const open = new DemoGateway(...parameters);
  await open.gateway.settled();
  return open;
}

/** Returns a SOCKS 5 request with a host name (RFC 1928 section 4). @param command 1 for CONNECT, for example */
export function socksRequest(command: number, host: string, port: number): Buffer {
  const name = Buffer.from(host);
  return Buffer.concat([
    Buffer.from([5, command, 0, 3, name.length]),
    name,
    Buffer.from([port >> 8, port & 255]),
  ]);
}

/**
 * Reads until the received bytes match `pattern`. For the match, each byte becomes one character (Latin-1). Rejects if
 * the connection ends first.
 */
export function readUntilText(socket: Socket, pattern: RegExp): Promise<RegExpExecArray> {
  // Keeps one error listener on the socket, however often a test calls this function.
  socket.off('error', ignore).on('error', ignore);
  return readUntilFound(socket, (read) => pattern.exec(read));
}

function ignore(): void {}

/** Reads `count` bytes. Returns them as hexadecimal digits. */
export async function readHex(socket: Socket, count: number): Promise<string> {
  const [bytes] = await readUntilText(socket, new RegExp(`^.{${count}}`, 's'));
  return Buffer.from(bytes, 'latin1').toString('hex');
}

/** Returns a reason to skip a test if a program is not installed, or else false. */
export function isMissing(program: string): string | false {
  return spawnSync(program, ['--version']).error === undefined ? false : `${program} is not installed`;
}

/** Returns all bytes until the peer ends or resets the connection. */
export async function readToEnd(socket: Socket): Promise<Buffer> {
  return (await readToClose(socket)).received;
}

/**
 * Runs a client program and returns its output. The client gets only PATH, HOME and `environment`, so that it uses no
 * proxy of this machine.
 */
export async function runClient(
  command: string,
  args: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): Promise<string> {
  const { PATH = '', HOME = '/' } = process.env;
  const { stdout } = await run(command, [...args], {
    env: { PATH, HOME, ...environment },
    timeout: CLIENT_LIMIT_MS,
    maxBuffer: 64 * 1024 * 1024,
  });
  return stdout;
}
