import type { CodedError } from '../base/errors.ts';
import type { RequestLogMode } from './exchange.ts';
import type { DeclaredPort } from './ports.ts';

/**
 * The state of a gateway. Programs can connect to services only while the state is `ready` or `reconnecting`. `Failure`
 * is the type of the errors: `CodedError` in the process that runs the gateway, and `ErrorInfo` in messages from the
 * host to windows and terminal commands.
 */
export type GatewayState<Failure = CodedError> =
  /** If `error` is set, the gateway could not list the services yet, and tries again. */
  | { readonly type: 'starting'; readonly error?: Failure }
  | { readonly type: 'ready' }
  /**
   * The gateway cannot watch any of its namespaces now, for the reason in `error`. Its list of service names may
   * therefore be out of date. If a program requests a name that is in the list, the gateway still tries to connect the
   * program to the service.
   */
  | { readonly type: 'reconnecting'; readonly error: Failure }
  | { readonly type: 'failed'; readonly error: Failure }
  | { readonly type: 'stopping' }
  | { readonly type: 'stopped' };

/** A namespace whose services can be reached by name through a gateway. */
export interface GatewayNamespace<Failure = CodedError> {
  readonly name: string;
  /** True once the gateway has listed the services and pods of the namespace, so that programs can use their names. */
  readonly isLoaded: boolean;
  /** Why the list of services and pods is missing or out of date. Missing if there is no error. */
  readonly error?: Failure;
}

/**
 * Returns why the list of services is missing or out of date, so that programs may not reach all services by name. This
 * is the error of the gateway itself, or otherwise the first error of its namespaces. Undefined if there is no error.
 */
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

/**
 * The length of a program's secret before its encoding, in bytes. A program that sends such a secret may connect
 * through a gateway to servers outside the cluster.
 */
export const PROGRAM_SECRET_BYTES = 24;

/** Matches a secret of {@link PROGRAM_SECRET_BYTES} bytes in base64url. */
const PROGRAM_SECRET = new RegExp(`^[\\w-]{${(PROGRAM_SECRET_BYTES * 4) / 3}}$`);

export function isProgramSecret(text: string): boolean {
  return PROGRAM_SECRET.test(text);
}

/** The port and the URLs of a gateway that listens. */
export interface GatewayAddresses {
  readonly localPort: number;
  /** The page with the list of services, for a browser: `http://localhost:8900/`. */
  readonly url: string;
  /** The URL for programs that use an HTTP proxy, such as the value of `http_proxy`: `http://127.0.0.1:8900`. */
  readonly proxyUrl: string;
  /** The URL for programs that use a SOCKS proxy: `socks5h://127.0.0.1:8900`. */
  readonly socksUrl: string;
}

/** A service in a namespace of a gateway. */
export interface NamedService {
  readonly namespace: string;
  readonly name: string;
  /**
   * The address of the service in a browser: `http://web.demo.localhost:8900/`. Undefined for a service without a TCP
   * port or without a selector.
   */
  readonly url?: string;
  /** False for a service without a selector. Such a service selects no pods, so programs cannot connect to it. */
  readonly hasSelector: boolean;
  readonly readyPods: number;
  readonly pods: number;
}

/** Returns why a service has no URL, in English. Undefined if programs can connect to the service. */
export function reasonForNoUrl({ url, hasSelector }: NamedService): string | undefined {
  if (!hasSelector) return 'no selector';
  return url === undefined ? 'no TCP port' : undefined;
}

/** A service as the gateway's own web pages show it. */
export interface ServiceSummary extends NamedService {
  readonly ports: readonly (DeclaredPort & {
    /**
     * The port's address in a browser. Undefined if the protocol of the port is not TCP, or if the service has no
     * selector.
     */
    readonly url?: string;
  })[];
}

/** A service as the tree views of a window show it. */
export interface GatewayService extends ServiceSummary {
  readonly openConnections: number;
  /**
   * The mode of the service's request log. Only the forward host sets this field, so it is missing in any other
   * process, such as a terminal command. It is also missing in a snapshot from a host of an older version.
   */
  readonly requestLog?: RequestLogMode;
}
