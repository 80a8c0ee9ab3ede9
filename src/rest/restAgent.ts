import http from 'node:http';
import type { Socket } from 'node:net';
import type { Disposable } from '../base/disposable.ts';
import { connect } from './connect.ts';
import type { Credentials, RestConfig } from './restConfig.ts';

// How long an unused connection to an API server stays open for the next request, in milliseconds. Load balancers often
// close a connection after 60 s without traffic. This program closes it earlier, so that it never sends a request on a
// connection that a load balancer has just closed.
const IDLE_MS = 30_000;

/** Options that each request passes to its {@link RestAgent}, together with the options of `http.request`. */
export interface RestAgentOptions {
  readonly credentials: Credentials;
  /**
   * If this signal is aborted, the agent stops opening a connection for the request. The `signal` of the request cannot
   * do this, because Node does not pass that signal to the agent.
   */
  readonly connectSignal: AbortSignal;
}

/**
 * An agent for `http.request` that connects to one API server and keeps connections open between requests. The creator
 * must dispose of the agent, which ends its connections and the requests on them.
 */
export class RestAgent extends http.Agent implements Disposable {
  readonly #config: RestConfig;

  constructor(config: RestConfig, keepAlive = true) {
    super({ keepAlive, timeout: IDLE_MS });
    this.#config = config;
  }

  /**
   * Returns the key of a request. Node reuses an open connection only for requests with the same key. The key is the
   * client certificate: after the certificate has changed, a request must not use a connection that was opened with the
   * old certificate.
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
      // On failure, passes only the error, as the agent of Node does. The cast is necessary because the type of
      // `callback` also requires a socket.
      (error) => (callback as undefined | ((error: Error) => void))?.(error),
    );
  }

  dispose(): void {
    this.destroy();
  }
}
