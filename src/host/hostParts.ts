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

/** A line that an exec plugin wrote for people, with its environment. */
export interface PluginOutput {
  readonly key: string;
  readonly user: string;
  readonly line: string;
}

/** The parts of a host that all clients share. */
export interface HostParts {
  readonly environments: ClientEnvironments;
  readonly forwards: ForwardManager;
  readonly gateways: GatewayManager;
  readonly inspection: Inspection;
  readonly demo: DemoProcess;
  readonly keeper: Pick<KeeperProcess, 'use' | 'isElsewhere'>;
  readonly onPluginOutput: Event<PluginOutput>;
  /** Whether an update of the editor ends this process: the installer on Windows ends all processes of the editor's program. */
  readonly endsWithUpdate: boolean;
  /** Removes and returns the forwards and gateways that an update ended, for a client of the environment to start. */
  readonly takeLeft: LeftForwards['take'];
  /** Stops all forwards so that a newer host can take over. Returns those started in this environment. */
  readonly handOver: (environmentKey: string) => Promise<HandOverResult>;
  /** Ends the host once the client has its answer. */
  readonly end: () => void;
  readonly clock: Clock;
}
