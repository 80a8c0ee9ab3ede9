import type { Clock } from '../base/async.ts';
import type { Event } from '../base/event.ts';
import type { Inspection } from '../inspect/inspection.ts';
import type { HandOverResult } from '../rpc/contract.ts';
import type { ClientEnvironments } from './clientEnvironments.ts';
import type { DemoProcess } from './demoProcess.ts';
import type { ForwardManager } from './forwardManager.ts';
import type { GatewayManager } from './gatewayManager.ts';
import type { KeeperProcess } from './keeperProcess.ts';
import type { LeftForwards } from './leftForwards.ts';

/**
 * A line that an exec plugin wrote to standard error, with the key of the plugin's environment and the kubeconfig user.
 */
export interface PluginOutput {
  readonly key: string;
  readonly user: string;
  readonly line: string;
}

/** The services of a host that all clients share. */
export interface ClientHandlerServices {
  readonly environments: ClientEnvironments;
  readonly forwards: ForwardManager;
  readonly gateways: GatewayManager;
  readonly inspection: Inspection;
  readonly demo: DemoProcess;
  readonly keeper: Pick<KeeperProcess, 'use' | 'isElsewhere'>;
  readonly onPluginOutput: Event<PluginOutput>;
  /**
   * Whether an update of the editor ends this process. On Windows, an update ends all processes that run the editor's
   * program.
   */
  readonly endsWithUpdate: boolean;
  /**
   * If an update of the editor ended the previous host, returns the forwards and gateways that terminals had started
   * with `--detach` in the previous host, for one environment. Returns each forward and gateway only once, because the
   * caller starts it again.
   */
  readonly takeLeft: LeftForwards['take'];
  /**
   * Stops all forwards and gateways, so that a newer host can replace this host. Resolves with the requests for the
   * given environment, with which the client starts its forwards and gateways again in the newer host.
   */
  readonly handOver: (environmentKey: string) => Promise<HandOverResult>;
  /** Ends the host. Called when the client that called {@link handOver} has disconnected. */
  readonly end: () => void;
  readonly clock: Clock;
}
