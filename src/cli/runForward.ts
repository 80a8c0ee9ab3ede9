import { connectCluster } from '../kube/cluster.ts';
import { loadKubeconfig } from '../kube/kubeconfig.ts';
import { parsePortRequests } from '../kube/portRequest.ts';
import { resolveTarget } from '../kube/resolveTarget.ts';
import { parseTarget } from '../kube/target.ts';
import { toRestConfig } from '../kube/toRestConfig.ts';
import { portForwardPod } from '../portforward/portForwardPod.ts';
import type { ForwardCommand } from './commandLine.ts';
import type { Reporter } from './reporter.ts';

/** What a forward of the terminal has around it. */
export interface ForwardSurroundings {
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly homeDirectory: string;
  /** Whether a login may ask questions on this process's terminal. */
  readonly isTerminalInteractive: boolean;
  /** Told what a login says to the user, line by line. */
  readonly onPluginOutput: (line: string) => void;
  readonly reporter: Reporter;
  /** Ends the forward. */
  readonly stop: AbortSignal;
}

/**
 * Finds the cluster, the pod and its ports, and forwards until asked to stop.
 * @throws CodedError whatever keeps it from doing so
 */
export async function runForward(command: ForwardCommand, surroundings: ForwardSurroundings): Promise<void> {
  const { reporter, stop, onPluginOutput, ...options } = surroundings;
  const target = parseTarget(command.target);
  const ports = parsePortRequests(command.ports);
  const kubeconfig = await loadKubeconfig({
    ...options,
    ...(command.kubeconfigPath !== undefined && { kubeconfigPath: command.kubeconfigPath }),
  });
  const { restConfig, namespace } = await toRestConfig(kubeconfig, command.overrides, {
    ...options,
    onPluginOutput: (_user, line) => onPluginOutput(line),
  });
  const cluster = connectCluster(restConfig);
  try {
    const resolved = await resolveTarget(cluster, target, namespace, ports, {
      podRunningTimeoutMs: command.podRunningTimeoutMs,
      signal: stop,
      onWaiting: (reason) => reporter.waiting(reason),
    });
    await portForwardPod({
      restConfig,
      pod: resolved.pod,
      ports: resolved.ports,
      addresses: command.addresses,
      stop,
      onEvent: (event) => reporter.event(event),
      ...(command.transport !== undefined && { transport: command.transport }),
    });
  } finally {
    cluster.dispose();
  }
}
