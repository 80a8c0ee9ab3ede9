import http from 'node:http';
import type { Socket } from 'node:net';
import type { Disposable } from '../base/disposable.ts';
import { connect } from './connect.ts';
import type { Credentials, RestConfig } from './restConfig.ts';

// How long an unused connection is kept, in milliseconds. Load balancers often close a connection after 60 s without
// traffic, so a shorter time avoids requests over a closed connection.
const IDLE_MS = 30_000;

/** Options that each request passes to its {@link RestAgent}, together with the options of `http.request`. */
export interface RestAgentOptions {
  readonly credentials: Credentials;
  /**
   * Aborts the opening of a connection for the request. The `signal` of the request cannot do this, because Node does
   * not pass it to the agent.
   */
  readonly connectSignal: AbortSignal;
}

/**
 * An agent for `http.request` that connects to one API server and keeps connections open between requests. The
 * creator must dispose of the agent, which ends its connections and their requests.
 */
export class RestAgent extends http.Agent implements Disposable {
  readonly #config: RestConfig;

  constructor(config: RestConfig, keepAlive = true) {
    super({ keepAlive, timeout: IDLE_MS });
    this.#config = config;
  }

  /**
   * Returns the key by which Node reuses connections: the client certificate. After a certificate is renewed, requests
   * no longer use the connections that were opened with the previous one.
   */
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
      // Passes only the error, as the agent of Node does. The type of `callback` requires a socket too, so `callback`
      // is cast.
      (error) => (callback as undefined | ((error: Error) => void))?.(error),
    );
  }

  dispose(): void {
    this.destroy();
  }
}
