import type { RequestLogMode } from '../kinds/exchange.ts';
import type { ForwardCounters } from '../kinds/forwardCounters.ts';
import type { GatewayAddresses, GatewayNamespace, GatewayService, GatewayState } from '../kinds/gateway.ts';
import {
  type BoundSnapshot,
  type ErrorInfo,
  type GatewaySpecification,
  type Holder,
  type HolderSnapshot,
  NotificationType,
  RequestType,
  RequestType0,
  type StartGateway,
} from './contract.ts';

export type { GatewayService } from '../kinds/gateway.ts';

// The part of the contract about namespaces by name: one local port for all services of a context's opened namespaces.

/** One user of a gateway. */
export interface GatewayHolder extends HolderSnapshot {
  /** The namespaces that it has opened. */
  readonly namespaces: readonly string[];
}

/** The opened namespaces of a context. The addresses are missing while no port is bound. */
export interface GatewaySnapshot extends Partial<GatewayAddresses>, BoundSnapshot {
  readonly id: string;
  /** With all namespaces that its holders have opened. */
  readonly specification: GatewaySpecification;
  readonly state: GatewayState<ErrorInfo>;
  readonly namespaces: readonly GatewayNamespace<ErrorInfo>[];
  /** The log mode for services without a log mode of their own. Missing from older hosts. */
  readonly requestLog?: RequestLogMode;
  /** By namespace and name. */
  readonly services: readonly GatewayService[];
  readonly holders: readonly GatewayHolder[];
  /** The label of the context in names below `localhost`. Addresses carry it while another context is open too. */
  readonly slug: string;
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

/** What leads a program through a gateway. */
export interface ProgramVariables {
  /** The environment variables, which contain the secret. */
  readonly variables: Readonly<Record<string, string>>;
  /** For {@link StartGateway}, while the program runs. */
  readonly secret: string;
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
export const gatewayVariables = new RequestType<GatewayVariables, ProgramVariables>('gateways/variables');
