import type { CodedError } from '../base/errors.ts';
import type { RequestLogMode } from './exchange.ts';
import type { DeclaredPort } from './ports.ts';

/** The state of a gateway. Connections pass only while it is `ready` or `reconnecting`. `Failure` is the form of its errors. */
export type GatewayState<Failure = CodedError> =
  /** With an `error`, the names are not known yet, and the gateway keeps trying. */
  | { readonly type: 'starting'; readonly error?: Failure }
  | { readonly type: 'ready' }
  /** The API server does not answer, so names may be out of date. Connections still pass where possible. */
  | { readonly type: 'reconnecting'; readonly error: Failure }
  | { readonly type: 'failed'; readonly error: Failure }
  | { readonly type: 'stopping' }
  | { readonly type: 'stopped' };

/** An opened namespace. */
export interface GatewayNamespace<Failure = CodedError> {
  readonly name: string;
  readonly isLoaded: boolean;
  /** The reason why names of the namespace are missing or out of date. */
  readonly error?: Failure;
}

/** Returns the reason why names of a gateway cannot be used, or are out of date; undefined if there is none. */
export function namesProblem<Failure>({
  state,
  namespaces,
}: {
  readonly state: GatewayState<Failure>;
  readonly namespaces: readonly GatewayNamespace<Failure>[];
}): Failure | undefined {
  const own = 'error' in state ? state.error : undefined;
  return own ?? namespaces.find(({ error }) => error !== undefined)?.error;
}

/** The addresses of a gateway that listens. */
export interface GatewayAddresses {
  readonly localPort: number;
  /** The list of services, for a browser: `http://localhost:8900/`. */
  readonly url: string;
  /** For `http_proxy`: `http://127.0.0.1:8900`. */
  readonly proxyUrl: string;
  /** For SOCKS clients: `socks5h://127.0.0.1:8900`. */
  readonly socksUrl: string;
}

/** A service behind a gateway. */
export interface NamedService {
  readonly namespace: string;
  readonly name: string;
  /** The address of the service in a browser: `http://web.demo.localhost:8900/`. Undefined for a service without a TCP port. */
  readonly url?: string;
  readonly readyPods: number;
  readonly pods: number;
}

/** A service as pages show it. */
export interface ServiceSummary extends NamedService {
  readonly ports: readonly (DeclaredPort & {
    /** The port's address in a browser. Undefined for UDP. */
    readonly url?: string;
  })[];
  /** False for a service that selects no pods, to which nobody can connect. */
  readonly hasSelector: boolean;
}

/** A service as views show it. */
export interface GatewayService extends ServiceSummary {
  readonly openConnections: number;
  /** The log mode of the service. Missing outside the forward host, and from older hosts. */
  readonly requestLog?: RequestLogMode;
}
