import type { RequestLogMode } from '../kinds/exchange.ts';
import type { ForwardCounters } from '../kinds/forwardCounters.ts';
import type { LocalAddress } from '../kinds/ports.ts';
import {
  type ErrorInfo,
  type GatewaySpecification,
  type Holder,
  type HolderSnapshot,
  NotificationType,
  type PortRow,
  RequestType,
  RequestType0,
  type StartGateway,
} from './contract.ts';

// The part of the contract about namespaces by name: one local port for all services of a context's opened namespaces.

export type GatewayStateSnapshot =
  /** `error`: the reason why the names are not known yet. Another try follows. */
  | { readonly type: 'starting'; readonly error?: ErrorInfo }
  | { readonly type: 'ready' }
  /** The API server does not answer, so names may be out of date. Connections still pass where possible. */
  | { readonly type: 'reconnecting'; readonly error: ErrorInfo }
  | { readonly type: 'failed'; readonly error: ErrorInfo }
  | { readonly type: 'stopping' }
  | { readonly type: 'stopped' };

export interface GatewayNamespaceSnapshot {
  readonly name: string;
  readonly isLoaded: boolean;
  /** The reason why names of the namespace are missing or out of date. */
  readonly error?: ErrorInfo;
}

/** A port of a service. */
export interface GatewayPort extends PortRow {
  /** The address of the port in a browser. Missing for UDP. */
  readonly url?: string;
}

/** A service behind a gateway, as a view shows it. */
export interface GatewayService {
  readonly namespace: string;
  readonly name: string;
  /** `http://web.demo.localhost:8900/`. Missing for a service without a TCP port. */
  readonly url?: string;
  readonly ports: readonly GatewayPort[];
  readonly readyPods: number;
  readonly pods: number;
  /** False for a service that selects no pods, to which nobody can connect. */
  readonly hasSelector: boolean;
  readonly openConnections: number;
  /** The log mode of the service. Missing from older hosts. */
  readonly requestLog?: RequestLogMode;
}

/** One user of a gateway. */
export interface GatewayHolder extends HolderSnapshot {
  /** The namespaces that it has opened. */
  readonly namespaces: readonly string[];
}

/** The opened namespaces of a context. */
export interface GatewaySnapshot {
  readonly id: string;
  /** With all namespaces that its holders have opened. */
  readonly specification: GatewaySpecification;
  readonly state: GatewayStateSnapshot;
  readonly namespaces: readonly GatewayNamespaceSnapshot[];
  /** The log mode for services without a log mode of their own. Missing from older hosts. */
  readonly requestLog?: RequestLogMode;
  /** By namespace and name. */
  readonly services: readonly GatewayService[];
  readonly holders: readonly GatewayHolder[];
  /** The label of the context in names below `localhost`. Addresses carry it while another context is open too. */
  readonly slug: string;
  /** `127.0.0.1:8900`. Missing while no port is bound. */
  readonly localAddress?: string;
  readonly localPort?: number;
  readonly localAddresses?: readonly LocalAddress[];
  /** The preferred local port, if another port was used instead. */
  readonly replacedPort?: number;
  /** The list of services, `http://localhost:8900/`. */
  readonly url?: string;
  /** The address for `http_proxy`, `http://127.0.0.1:8900`. */
  readonly proxyUrl?: string;
  /** The address for SOCKS clients, `socks5h://127.0.0.1:8900`. */
  readonly socksUrl?: string;
  readonly counts: ForwardCounters;
  /** The reason why the latest failed or refused connection failed. Not a state. */
  readonly lastConnectionError?: ErrorInfo;
}

/** Switches the log of a gateway, or of one of its services. */
export interface SetGatewayRequestLog {
  readonly id: string;
  /** `web.demo`. Optional, default all services, those with a mode of their own included. */
  readonly service?: string;
  readonly mode: RequestLogMode;
}

/** The program and namespaces for which variables are requested. */
export interface GatewayVariables {
  readonly id: string;
  /** The namespaces to search first for a name without a namespace. Optional, default the gateway's own order. */
  readonly namespaces?: readonly string[];
  /** Whether to set `JAVA_TOOL_OPTIONS` as well. Optional, default false. */
  readonly java?: boolean;
}

/** The namespaces to close. */
export interface StopGateway {
  readonly id: string;
  /** Optional, default all. The others stay open on the same port. */
  readonly namespaces?: readonly string[];
}

/**
 * Opens namespaces of a context in addition to the open ones, also those of the same holder, and holds them. Resolves once the
 * gateway is ready, or has a state with the reason why not.
 */
export const startGateway = new RequestType<StartGateway, GatewaySnapshot>('gateways/start');
/** Releases a holder, even before its start was answered. A namespace closes with its last holder, and the port with the last namespace. */
export const releaseGateway = new RequestType<{ readonly holder: string }, void>('gateways/release');
/** Closes namespaces of a context for all holders at the request of a person, as `forwards/stopAll` does. */
export const stopGateway = new RequestType<StopGateway, void>('gateways/stop');
/**
 * Restores a gateway that a person has just stopped, under its id and on its local port. Its holders are those that have not
 * been released since, or `holder` if none is left. Fails with `FORWARD_NOT_FOUND` after some minutes.
 */
export const restoreGateway = new RequestType<
  { readonly id: string; readonly holder: Holder },
  GatewaySnapshot
>('gateways/restore');
export const listGateways = new RequestType0<readonly GatewaySnapshot[]>('gateways/list');
/** All gateways, sent when one changes, at most four times a second. */
export const gatewaysChanged = new NotificationType<readonly GatewaySnapshot[]>('gateways/changed');
/**
 * As `exchanges/setLog` for a forward. Rows have the id of the gateway as their `forward`, and the `service`. Fails with
 * `FORWARD_NOT_FOUND`, or with `NAME_UNKNOWN` for a service that the gateway does not have.
 */
export const setGatewayRequestLog = new RequestType<SetGatewayRequestLog, void>('gateways/setLog');
/**
 * Returns the environment variables for a program that the client starts. They contain a secret that gives the program the
 * connections outside the namespaces that the client's own environment would give it: pass them to that program alone. The
 * secret is worthless after the end of the gateway.
 */
export const gatewayVariables = new RequestType<GatewayVariables, Readonly<Record<string, string>>>(
  'gateways/variables',
);
