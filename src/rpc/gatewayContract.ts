import type { RequestLogMode } from '../kinds/exchange.ts';
import type { ForwardCounters } from '../kinds/forwardCounters.ts';
import type { GatewayAddresses, GatewayNamespace, GatewayService, GatewayState } from '../kinds/gateway.ts';
import type { LocalPort } from '../kinds/ports.ts';
import type { ContextReference } from './clustersContract.ts';
import type { BoundSnapshot } from './forwardsContract.ts';
import type { Holder, HolderSnapshot } from './holdersContract.ts';
import { type ErrorInfo, NotificationType, RequestType, RequestType0 } from './messages.ts';

export type { GatewayService } from '../kinds/gateway.ts';

// The part of the contract about gateways. A gateway is one local port for all services of some namespaces of a
// context.

/**
 * The gateway that a client asks the host to open: the context, the namespaces whose services the gateway makes
 * reachable, and the local port.
 */
export interface GatewaySpecification {
  readonly context: ContextReference;
  /** At least one namespace. A service name without a namespace is looked up in these namespaces, in this order. */
  readonly namespaces: readonly string[];
  /** Ignored if a gateway of the context is already open. */
  readonly localPort: LocalPort;
  /** The initial mode of the request log. Optional, default `off`. */
  readonly requestLog?: RequestLogMode;
  /** The services whose request log has a mode other than `requestLog` at first. Optional, default none. */
  readonly serviceLogs?: readonly ServiceLog[];
}

/** The mode of the request log for one service. */
export interface ServiceLog {
  /** The service and its namespace: `web.demo`. */
  readonly service: string;
  readonly mode: RequestLogMode;
}

/**
 * The secret of one program that uses the gateway as its proxy. The program has the secret in its proxy variables (such
 * as `http_proxy`) and sends it, so that the gateway recognizes the program. If the program uses a name without a
 * namespace, the gateway searches `namespaces` first.
 */
export interface GatewaySecret {
  readonly secret: string;
  readonly namespaces: readonly string[];
}

/** The namespaces to open in a gateway, and the holder (the user of the gateway) to add. */
export interface StartGateway extends GatewaySpecification {
  /** Optional, default a holder of the kind `window`. */
  readonly holder?: Holder;
  /**
   * The secrets that an earlier host gave to programs. The new host accepts these secrets, so that programs that still
   * run can continue. Optional, default none.
   */
  readonly secrets?: readonly GatewaySecret[];
}

/** A window, terminal or other user of a gateway. */
export interface GatewayHolder extends HolderSnapshot {
  /** The namespaces that this holder has opened. */
  readonly namespaces: readonly string[];
}

/** The complete state of a gateway. The fields with addresses are missing while the gateway does not listen. */
export interface GatewaySnapshot extends Partial<GatewayAddresses>, BoundSnapshot {
  /**
   * A UUID, as for a forward. No forward has the same id, because commands and the request log accept the id of a
   * forward or of a gateway.
   */
  readonly id: string;
  /** The specification, with the namespaces of all holders. */
  readonly specification: GatewaySpecification;
  readonly state: GatewayState<ErrorInfo>;
  readonly namespaces: readonly GatewayNamespace<ErrorInfo>[];
  /** The mode of the request log for services without a mode of their own. Missing in snapshots of older hosts. */
  readonly requestLog?: RequestLogMode;
  /** The services of all namespaces. Within a namespace, they are sorted by name. */
  readonly services: readonly GatewayService[];
  readonly holders: readonly GatewayHolder[];
  /**
   * The DNS label for the context in names such as `web.demo.my-context.localhost`. While another context has a gateway
   * too, the URLs of services contain this label, so that the URLs of the two gateways differ.
   */
  readonly slug: string;
  readonly counts: ForwardCounters;
  /** The error of the latest failed or refused connection of a local client. The gateway itself may still be ready. */
  readonly lastConnectionError?: ErrorInfo;
}

/** Sets the mode of the request log of a gateway, or of one of its services. */
export interface SetGatewayRequestLog {
  readonly id: string;
  /** The service, such as `web.demo`. Optional, default all services, including those with a mode of their own. */
  readonly service?: string;
  readonly mode: RequestLogMode;
}

/** The gateway and the options for {@link gatewayVariables}. */
export interface GatewayVariables {
  readonly id: string;
  /**
   * The namespaces in which the gateway looks first if a program with these variables uses a service name without a
   * namespace. Optional, default: the gateway's namespaces in their own order.
   */
  readonly namespaces?: readonly string[];
  /**
   * Whether to set `JAVA_TOOL_OPTIONS` as well, without which Java programs do not use the gateway. Optional, default
   * false.
   */
  readonly java?: boolean;
}

/**
 * The environment variables with which a program connects through a gateway. They contain a secret, by which the
 * gateway recognizes the program.
 */
export interface ProgramVariables {
  /** The environment variables, which contain the secret. */
  readonly variables: Readonly<Record<string, string>>;
  /**
   * The secret in `variables`. If another host replaces this host while the program runs, the client sends the secret
   * in {@link StartGateway}. The new host then accepts connections of the program too.
   */
  readonly secret: string;
}

/** The gateway to stop completely, or in which to close some namespaces. */
export interface StopGateway {
  readonly id: string;
  /** The namespaces to close. The other namespaces stay open on the same port. Optional, default all. */
  readonly namespaces?: readonly string[];
}

/** The stopped gateway to restore. If no earlier holder of the gateway is left, `holder` becomes its holder. */
export interface RestoreGateway {
  readonly id: string;
  readonly holder: Holder;
  /**
   * The `namespaces` of the {@link StopGateway} request that this request undoes. Optional, default: that request had
   * no `namespaces`.
   */
  readonly namespaces?: readonly string[];
  /**
   * The context of the gateway. Its `plugins` contain the workspaces and the exec plugin of the client. The host adds
   * these workspaces to those of the gateway, and allows the plugin. Optional, default: no change.
   */
  readonly context?: ContextReference;
}

/**
 * Opens namespaces of a context, and adds the holder (the user of the gateway). If the context already has a gateway,
 * adds the namespaces to this gateway, which also keeps its other namespaces. Resolves once the gateway is ready, or
 * once its state contains the reason why it is not ready.
 */
export const startGateway = new RequestType<StartGateway, GatewaySnapshot>('gateways/start');
/**
 * Releases a holder, and closes the namespaces that no other holder has opened. If no namespace is left, the gateway
 * ends. To cancel the start of a gateway, a client can send this request even before the host has answered
 * {@link startGateway}.
 */
export const releaseGateway = new RequestType<{ readonly holder: string }, void>('gateways/release');
/**
 * Closes namespaces of a gateway for all holders, at the request of a user. `forwards/stopAll` closes all namespaces of
 * all gateways.
 */
export const stopGateway = new RequestType<StopGateway, void>('gateways/stop');
/**
 * Restores a gateway that a user has just stopped, with the same id and on the same local port. If the user closed only
 * some of the namespaces, opens only these namespaces again. Adds the earlier holders again, except those that were
 * released since. If no holder is left, adds `holder`. Fails with `FORWARD_NOT_FOUND` some minutes after the stop,
 * because the host then forgets what was stopped.
 */
export const restoreGateway = new RequestType<RestoreGateway, GatewaySnapshot>('gateways/restore');
export const listGateways = new RequestType0<readonly GatewaySnapshot[]>('gateways/list');
/** All gateways. Sent when one of them changes, at most four times a second. */
export const gatewaysChanged = new NotificationType<readonly GatewaySnapshot[]>('gateways/changed');
/**
 * Sets the mode of the request log, like `exchanges/setLog` for a forward. In the logged exchanges, `forward` is the id
 * of the gateway, and `service` is the service. Fails with `FORWARD_NOT_FOUND`, or with `NAME_UNKNOWN` for a service
 * that the gateway does not have.
 */
export const setGatewayRequestLog = new RequestType<SetGatewayRequestLog, void>('gateways/setLog');
/**
 * Returns environment variables for a program that the client starts. With these variables, the program connects
 * through the gateway. They contain a secret. A program with the secret can also connect to servers outside the
 * gateway's namespaces, so the client must pass the variables only to this program.
 */
export const gatewayVariables = new RequestType<GatewayVariables, ProgramVariables>('gateways/variables');
