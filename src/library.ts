export type { ForwardCounters } from './kinds/forwardCounters.ts';
export type { BoundAddress, PortPair } from './kinds/ports.ts';
export type { TransportName } from './kinds/transports.ts';
/**
 * Forwards local TCP ports to Kubernetes pods, services and workloads from a program. {@link portForwardPod}
 * runs one forward to one pod. {@link portForward} starts a forward that reconnects, to any target that
 * kubectl accepts. {@link openGateway} makes all services of namespaces reachable by name.
 *
 * @packageDocumentation
 */

export type { Disposable } from './base/disposable.ts';
export { CodedError, type ErrorArguments, type ErrorCode, isCoded } from './base/errors.ts';
export type { Event } from './base/event.ts';
export type { Exchange, ExchangeProtocol } from './kinds/exchange.ts';
export type { ForwardEvent, PodReference } from './kinds/forwardNotice.ts';
export type { GatewayAddresses, GatewayState, NamedService } from './kinds/gateway.ts';
export type { ClusterOptions } from './library/clusterOptions.ts';
export type { ClientNodeCluster, ClientNodeKubeConfig, ClientNodeUser } from './library/kubeConfig.ts';
export {
  type OpenedGateway,
  type OpenGatewayOptions,
  openGateway,
} from './library/openGateway.ts';
export {
  type PortForward,
  type PortForwardOptions,
  type PortForwardState,
  portForward,
} from './library/portForward.ts';
export { type PodForwardRequest, portForwardPod } from './library/portForwardPod.ts';
export type { ForwardSettings } from './portforward/request.ts';
export type {
  CredentialSource,
  Credentials,
  Impersonation,
  RequestLogEntry,
  RestConfig,
  TlsSettings,
} from './rest/restConfig.ts';
