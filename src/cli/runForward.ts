import { defined } from '../base/defined.ts';
import type { CodedError } from '../base/errors.ts';
import { parseTarget } from '../kinds/target.ts';
import { connectCluster } from '../kube/cluster/cluster.ts';
import { loadKubeconfig } from '../kube/kubeconfig/kubeconfig.ts';
import { toRestConfig } from '../kube/kubeconfig/toRestConfig.ts';
import { chooseLocalPorts } from '../kube/target/chooseLocalPorts.ts';
import { parsePortRequests } from '../kube/target/portRequest.ts';
import type { OpenTapPlace } from '../portforward/connectionTap.ts';
import { scavengingForward } from '../portforward/scavengingForward.ts';
import type { RequestLogEntry } from '../rest/restConfig.ts';
import { keepForwarding } from '../session/keepForwarding.ts';
import { KubeTarget } from '../session/kubeTarget.ts';
import type { ForwardCommand } from './commandLine.ts';
import type { Reporter } from './reporter.ts';
import { SignInAgain } from './signInAgain.ts';

/** The environment of a foreground forward. */
export interface ForwardSurroundings {
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly homeDirectory: string;
  /** True if a login may ask questions on this process's terminal. */
  readonly isTerminalInteractive: boolean;
  /** Called with each line that a login prints for the user. */
  readonly onPluginOutput: (line: string) => void;
  /** Called for each request to the API server if the command line asks for it. */
  readonly onRequest: (entry: RequestLogEntry) => void;
  /** Optional. Called each time that traffic can pass. */
  readonly onReady?: () => void;
  readonly reporter: Reporter;
  /** Resolves when the person at the terminal presses Enter. Optional; without it nobody is asked. */
  readonly untilEnter?: (signal: AbortSignal) => Promise<void>;
  /** Ends the forward. */
  readonly stop: AbortSignal;
}

/**
 * Finds the cluster, the pod and its ports, and forwards until asked to stop.
 * @throws CodedError the reason why the forward cannot start or continue
 */
export async function runForward(command: ForwardCommand, surroundings: ForwardSurroundings): Promise<void> {
  const { reporter, stop, onPluginOutput, onReady, onRequest, untilEnter, ...options } = surroundings;
  const target = parseTarget(command.target);
  const ports = parsePortRequests(command.ports, target);
  const { kubeconfigPath, overrides } = command;
  const kubeconfig = await loadKubeconfig({
    ...options,
    ...defined({ kubeconfigPath }),
    isOptional: overrides.server !== undefined,
  });
  const { restConfig: quietConfig, namespace } = await toRestConfig(kubeconfig, overrides, {
    ...options,
    onPluginOutput: (_user, line) => onPluginOutput(line),
  });
  const restConfig = command.logsRequests ? { ...quietConfig, onRequest } : quietConfig;
  const cluster = connectCluster(restConfig);
  const signInAgain = new SignInAgain({ credentials: restConfig.credentials, reporter, untilEnter, stop });
  const onWaiting = (reason: CodedError) => reporter.waiting(reason);
  const openTapPlace = command.logsExchanges === true ? await tapFor(reporter) : undefined;
  try {
    const localPorts = await chooseLocalPorts(cluster, target, namespace, ports, {
      podRunningTimeoutMs: command.podRunningTimeoutMs,
      signal: stop,
      signIn: () => restConfig.credentials.get(stop),
      onWaiting,
      ...(command.requiresReady && { readiness: { type: 'strict' } }),
    });
    await keepForwarding({
      target: new KubeTarget({
        access: () => Promise.resolve({ restConfig, cluster }),
        target,
        namespace,
        remotePorts: ports.map(({ remote }) => remote),
        followsTarget: command.reconnect,
        requiresReady: command.requiresReady,
        onWaiting,
        onDidSignIn: signInAgain.onDidSignIn,
      }),
      localPorts,
      addresses: command.addresses,
      stop,
      reconnects: command.reconnect,
      patienceMs: command.podRunningTimeoutMs,
      onEvent(event) {
        reporter.event(event);
        if (event.type === 'ready') onReady?.();
      },
      onReconnecting: (error, delayMs) => {
        reporter.reconnecting(error, delayMs);
        signInAgain.offer();
      },
      onWarning: (warning) => reporter.warning(warning),
      ...defined({ waitForTargetMs: command.waitForTargetMs }),
      onOutage: (outage) => reporter.outage(outage),
      forwardPod: scavengingForward(),
      ...defined({ transport: command.transport, openTapPlace }),
    });
  } finally {
    signInAgain.dispose();
    cluster.dispose();
  }
}

/** Loads the parsers for commands that log requests only. */
async function tapFor(reporter: Reporter): Promise<OpenTapPlace> {
  const { tapExchanges } = await import('../inspect/tapExchanges.ts');
  return tapExchanges((exchange) => reporter.exchange(exchange));
}
