import http from 'node:http';
import type { Socket } from 'node:net';
import type { Disposable } from '../base/disposable.ts';
import { connect } from './connect.ts';
import type { Credentials, RestConfig } from './restConfig.ts';

// Shorter than the idle limits of load balancers (60 s is common), so that kept connections are rarely dead.
const IDLE_MS = 30_000;

/** The options of each request for {@link RestAgent}, passed through those of `http.request`. */
export interface RestAgentOptions {
  readonly credentials: Credentials;
  /** Aborts the opening of a connection. Node does not pass a request's own `signal` to its agent. */
  readonly connectSignal: AbortSignal;
}

/**
 * Connections to one API server for `http.request`, kept open between requests. The creator disposes of it, which ends
 * its connections and the requests on them.
 */
export class RestAgent extends http.Agent implements Disposable {
  readonly #config: RestConfig;

  constructor(config: RestConfig, keepAlive = true) {
    super({ keepAlive, timeout: IDLE_MS });
    this.#config = config;
  }

  /** Reuses a connection only with the client certificate that it was opened with, because certificates rotate. */
  override getName(options: http.ClientRequestArgs & Partial<RestAgentOptions>): string {
    return options.credentials?.clientCertificate?.certificate ?? 'no client certificate';
  }

  override createConnection(
    options: http.ClientRequestArgs & Partial<RestAgentOptions>,
    callback?: (error: Error | null, socket: Socket) => void,
  ): undefined {
    const { credentials = {}, connectSignal = new AbortController().signal } = options;
    connect(this.#config, credentials, connectSignal).then(
      (socket) => callback?.(null, socket),
      // Node's own agent also calls it with the error alone, although its type does not say so.
      (error) => (callback as undefined | ((error: Error) => void))?.(error),
    );
  }

  dispose(): void {
    this.destroy();
  }
}
