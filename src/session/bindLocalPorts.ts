import type { Socket } from 'node:net';
import { type Clock, delay } from '../base/async.ts';
import { isCoded, isPortProblem } from '../base/errors.ts';
import type { LocalSystem } from '../base/localSystem.ts';
import type { BoundAddress, LocalPort } from '../kinds/ports.ts';
import { type LocalListener, listen } from '../portforward/listener.ts';

/** The addresses and ports to listen on. */
export interface ListenOptions {
  /** `localhost` and IP addresses of this machine. */
  readonly addresses: readonly string[];
  /** One local port for each forwarded remote port. */
  readonly localPorts: readonly LocalPort[];
  /**
   * How long to retry a port that is in use, in milliseconds: the process that uses the port may be about to end.
   * Optional, default 0.
   */
  readonly busyPortTimeoutMs?: number;
}

export interface BindOptions extends ListenOptions {
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** Called with each accepted connection. `index` is the index of its local port in `localPorts`. */
  readonly onConnection: (socket: Socket, address: BoundAddress, index: number) => void;
  /**
   * Called at most once for each port, when connections are reset because this process has no file handles left.
   * `index` is as in `onConnection`.
   */
  readonly onShortage?: (address: BoundAddress, index: number) => void;
  /** Optional, default: the operating system of this process. */
  readonly system?: LocalSystem;
}

/**
 * The pause after the first failed attempt to bind a port. Each further pause is twice as long, up to
 * {@link LONGEST_PAUSE_MS}, because a failed attempt is slow on Windows and macOS: it runs a system tool that lists the
 * listening sockets.
 */
const FIRST_PAUSE_MS = 50;
const LONGEST_PAUSE_MS = 800;
/**
 * How many other ports the mode `preferred` tries before it fails. The error of each failed try suggests a free port,
 * but another process may take that port before this process binds it.
 */
const OTHER_PORT_ATTEMPTS = 10;

/**
 * Listens on all of the ports, or on none if one port fails. The caller disposes of the results.
 * @throws CodedError `PORT_IN_USE`, `PORT_NOT_PERMITTED`, `PORT_RESERVED`, `ADDRESS_NOT_AVAILABLE`; the signal's reason
 *   when aborted
 */
export async function bindLocalPorts(options: BindOptions): Promise<readonly LocalListener[]> {
  const listeners: LocalListener[] = [];
  try {
    for (const [index, localPort] of options.localPorts.entries()) {
      const bind = (local: number) =>
        listen(
          options.addresses,
          [{ local, remote: 0 }],
          (socket, address) => options.onConnection(socket, address, index),
          (address) => options.onShortage?.(address, index),
          options.system,
        );
      listeners.push(await bindLocalPort(localPort, bind, options));
    }
    options.signal.throwIfAborted();
    return listeners;
  } catch (error) {
    for (const listener of listeners) listener.dispose();
    throw error;
  }
}

type Bind = (port: number) => Promise<LocalListener>;

async function bindLocalPort(
  { mode, port }: LocalPort,
  bind: Bind,
  { clock, busyPortTimeoutMs = 0, signal }: BindOptions,
): Promise<LocalListener> {
  const deadline = clock.now() + busyPortTimeoutMs;
  for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(2 * pauseMs, LONGEST_PAUSE_MS)) {
    try {
      return await bind(port);
    } catch (error) {
      const leftMs = deadline - clock.now();
      if (isCoded(error, 'PORT_IN_USE') && leftMs > 0) await delay(Math.min(pauseMs, leftMs), signal, clock);
      else if (mode === 'preferred') return await bindAnother(error, bind);
      else throw error;
    }
  }
}

/**
 * Binds the port that the error `refusal` suggests: usually the next free port above the requested port. If binding
 * this port fails too, tries the port that the new error suggests.
 */
async function bindAnother(refusal: unknown, bind: Bind): Promise<LocalListener> {
  let error = refusal;
  for (let attempt = 1; attempt <= OTHER_PORT_ATTEMPTS; attempt++) {
    if (!isCoded(error) || !isPortProblem(error.code)) break;
    const suggestion = Number(error.arguments.suggestion ?? 0);
    try {
      return await bind(suggestion);
    } catch (next) {
      error = next;
    }
  }
  throw error;
}
