import { systemClock } from '../base/async.ts';
import type { Stage } from '../base/compiledProgram.ts';
import { defined } from '../base/defined.ts';
import { DisposableStore } from '../base/disposable.ts';
import { until } from '../base/event.ts';
import { loadTap } from '../inspect/loadTap.ts';
import type { ForwardNotice } from '../kinds/forwardNotice.ts';
import { parseTarget } from '../kinds/target.ts';
import { connectCluster } from '../kube/cluster/cluster.ts';
import { resolveContext } from '../kube/kubeconfig/toRestConfig.ts';
import { parsePortRequests } from '../kube/target/portRequest.ts';
import { scavengingForward } from '../portforward/scavengingForward.ts';
import type { RequestLogEntry } from '../rest/restConfig.ts';
import { openSession } from '../session/openSession.ts';
import { remindOfOutage } from '../session/outageReminder.ts';
import type { Session } from '../session/session.ts';
import type { ForwardCommand } from './commands.ts';
import type { Reporter } from './reporter.ts';
import { SignInAgain } from './signInAgain.ts';

/** What {@link runForward} needs from its caller. */
export interface ForwardServices {
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly homeFolder: string;
  /** True if a login may ask questions on this process's terminal. */
  readonly isTerminalInteractive: boolean;
  /** Called with each line that a login prints for the user. */
  readonly onPluginOutput: (line: string) => void;
  /** Called for each request to the API server, if the command line asks for a log of these requests (`-v=6`). */
  readonly onRequest: (entry: RequestLogEntry) => void;
  /**
   * Called with `ready` each time the forward becomes ready, and with `used` each time the connection of a local client
   * has ended. The caller can then save the compiled code of this program, which makes the next start faster. Optional.
   */
  readonly onStage?: (stage: Stage) => void;
  readonly reporter: Reporter;
  /** Resolves when the person at the terminal presses Enter. Optional, default: nobody is asked to press Enter. */
  readonly untilEnter?: (signal: AbortSignal) => Promise<void>;
  /** Aborted when the forward must end. */
  readonly stop: AbortSignal;
}

/**
 * Finds the cluster, the pod and its ports, and forwards until `stop` is aborted.
 * @throws CodedError the reason why the forward cannot start or continue
 */
export async function runForward(command: ForwardCommand, services: ForwardServices): Promise<void> {
  const { reporter, stop, onPluginOutput, onStage, onRequest, untilEnter, ...options } = services;
  const target = parseTarget(command.target);
  const ports = parsePortRequests(command.ports, target);
  const { kubeconfigPath, overrides } = command;
  const { restConfig: quietConfig, namespace } = await resolveContext(overrides, {
    ...options,
    ...defined({ kubeconfigPath }),
    onPluginOutput: (_user, line) => onPluginOutput(line),
  });
  const restConfig = command.logsRequests ? { ...quietConfig, onRequest } : quietConfig;
  const cluster = connectCluster(restConfig);
  const signInAgain = new SignInAgain({ credentials: restConfig.credentials, reporter, untilEnter, stop });
  const onNotice = (notice: ForwardNotice) => {
    // Does not report a `failed` notice: `runForward` throws the error of the failure, and its caller reports the
    // error.
    if (notice.type !== 'failed') reporter.notice(notice);
    if (notice.type === 'reconnecting') signInAgain.offer();
    if (notice.type === 'ready') onStage?.('ready');
    if (notice.type === 'connectionEnded') onStage?.('used');
  };
  using owned = new DisposableStore();
  owned.add(cluster);
  owned.add(signInAgain);
  const logs = command.logsExchanges === true;
  const createTapOwner = logs ? await loadTap((exchange) => reporter.exchange(exchange)) : undefined;
  const session = await openSession({
    access: { restConfig, cluster },
    target,
    namespace,
    ports,
    addresses: command.addresses,
    reconnects: command.reconnect,
    podRunningTimeoutMs: command.podRunningTimeoutMs,
    requiresReady: command.requiresReady,
    onDidSignIn: signInAgain.onDidSignIn,
    onNotice,
    forwardPod: scavengingForward(),
    ...defined({ waitForTargetMs: command.waitForTargetMs, transport: command.transport, createTapOwner }),
    signal: stop,
  });
  owned.add(remindOfOutage(session, systemClock, onNotice));
  try {
    await untilFailed(session, stop);
  } finally {
    await session.stop();
  }
}

/** Resolves when `stop` is aborted. @throws CodedError the reason why the forward failed */
async function untilFailed(session: Session, stop: AbortSignal): Promise<void> {
  await until(session.onDidChange, () => session.state.type === 'failed', stop).catch(() => {});
  if (session.state.type === 'failed') throw session.state.error;
}
