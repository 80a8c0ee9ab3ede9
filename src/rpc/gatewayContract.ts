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

// Namespaces by their names: one local port for all services of a context's opened namespaces. Part of the contract between a client
// and the forward host.

export type GatewayStateSnapshot =
  /** `error`: why the names are not there yet. Another try follows. */
  | { readonly type: 'starting'; readonly error?: ErrorInfo }
  | { readonly type: 'ready' }
  /** The API server does not answer: names may be out of date. Connections still pass where they can. */
  | { readonly type: 'reconnecting'; readonly error: ErrorInfo }
  | { readonly type: 'failed'; readonly error: ErrorInfo }
  | { readonly type: 'stopping' }
  | { readonly type: 'stopped' };

export interface GatewayNamespaceSnapshot {
  readonly name: string;
  readonly isLoaded: boolean;
  /** Why its names are missing or out of date. */
  readonly error?: ErrorInfo;
}

/** A port of a service. */
export interface GatewayPort extends PortRow {
  /** Its address in a browser; missing for UDP. */
  readonly url?: string;
}

/** A service behind a gateway, as a view shows it. */
export interface GatewayService {
  readonly namespace: string;
  readonly name: string;
  /** `http://web.demo.localhost:8900/`; missing if it has no TCP port. */
  readonly url?: string;
  readonly ports: readonly GatewayPort[];
  readonly readyPods: number;
  readonly pods: number;
  /** False for a service that selects no pods, which nobody can connect to. */
  readonly hasSelector: boolean;
  readonly openConnections: number;
}

/** The opened namespaces of a context. */
export interface GatewaySnapshot {
  readonly id: string;
  /** With all namespaces that its holders have opened. */
  readonly specification: GatewaySpecification;
  readonly state: GatewayStateSnapshot;
  readonly namespaces: readonly GatewayNamespaceSnapshot[];
  /** By namespace and name. */
  readonly services: readonly GatewayService[];
  readonly holders: readonly HolderSnapshot[];
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
  /** Why the latest failed or refused connection failed. Not a state. */
  readonly lastConnectionError?: ErrorInfo;
}

/** What a program needs that is started in the namespaces. */
export interface GatewayVariables {
  readonly id: string;
  /** Looked in first for a name without a namespace; optional, default the gateway's own order. */
  readonly namespaces?: readonly string[];
  /** Whether to set `JAVA_TOOL_OPTIONS` too; optional, default false. */
  readonly java?: boolean;
}

/**
 * Opens namespaces of a context, beside those that are open there, and holds them. Resolves once it is ready, or says in its state why
 * it is not.
 */
export const startGateway = new RequestType<StartGateway, GatewaySnapshot>('gateways/start');
/** Releases a holder, even before its start was answered. A namespace closes with its last holder, and the port with the last namespace. */
export const releaseGateway = new RequestType<{ readonly holder: string }, void>('gateways/release');
/** A person closes all namespaces of a context for all their users. `forwards/stopAll` does, too. */
export const stopGateway = new RequestType<{ readonly id: string }, void>('gateways/stop');
/**
 * Brings back what a person has just stopped, under its id and on its local port, for the holders that have not let go since; for
 * `holder` if none is left. Fails with `FORWARD_NOT_FOUND` after some minutes.
 */
export const restoreGateway = new RequestType<
  { readonly id: string; readonly holder: Holder },
  GatewaySnapshot
>('gateways/restore');
export const listGateways = new RequestType0<readonly GatewaySnapshot[]>('gateways/list');
/** All of them, whenever one changes, four times a second at most. */
export const gatewaysChanged = new NotificationType<readonly GatewaySnapshot[]>('gateways/changed');
/**
 * The environment variables for a program that the client starts. They have a secret in them that lets the program go on to where the
 * client's own environment would lead it: give them to that program alone. The secret is worth nothing when the gateway has ended.
 */
export const gatewayVariables = new RequestType<GatewayVariables, Readonly<Record<string, string>>>(
  'gateways/variables',
);
