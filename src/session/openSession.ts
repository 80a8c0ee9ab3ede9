import { systemClock } from '../base/async.ts';
import { defined } from '../base/defined.ts';
import type { ForwardNotice } from '../kinds/forwardNotice.ts';
import type { Target } from '../kinds/target.ts';
import { chooseLocalPorts } from '../kube/target/chooseLocalPorts.ts';
import type { PortRequest } from '../kube/target/portRequest.ts';
import { type ClusterAccess, KubeTarget, type KubeTargetOptions } from './kubeTarget.ts';
import { RestServerProbe } from './serverProbe.ts';
import { Session } from './session.ts';
import type { SessionOptions } from './sessionOptions.ts';
import { SleepWatch } from './sleepWatch.ts';

export interface OpenSessionOptions
  extends Pick<
      SessionOptions,
      'transport' | 'createTapOwner' | 'waitForTargetMs' | 'forwardPod' | 'podRunningTimeoutMs'
    >,
    Pick<KubeTargetOptions, 'requiresReady' | 'onDidSignIn'> {
  readonly access: ClusterAccess;
  readonly target: Target;
  readonly namespace: string;
  readonly ports: readonly PortRequest[];
  /** `localhost` and IP addresses of this machine. */
  readonly addresses: readonly string[];
  readonly reconnects: boolean;
  /**
   * Called for each notice of the session. Also called before the session exists, with the notice `waiting`, if a pod
   * is needed to choose the local ports and there is no suitable pod yet.
   */
  readonly onNotice: (notice: ForwardNotice) => void;
  readonly signal: AbortSignal;
}

/**
 * Starts a session for the terminal command or the library. The session listens on exactly the local ports of `ports`.
 * If one of them is in use, or if the first attempt fails, the session fails. If a remote port is given by name and has
 * no local port, this function first waits for a pod, because the number of the named port is used as the local port.
 * The caller stops the session, and disposes of the cluster only after that.
 * @throws CodedError the reason why the number of a named port cannot be found; the signal's reason when aborted
 */
export async function openSession(options: OpenSessionOptions): Promise<Session> {
  const { access, target, namespace, ports, addresses, reconnects, signal, onNotice } = options;
  const localPorts = await chooseLocalPorts(access.cluster, target, namespace, ports, {
    ...defined({ podRunningTimeoutMs: options.podRunningTimeoutMs }),
    signal,
    signIn: () => access.restConfig.credentials.get(signal),
    onWaiting: (error) => onNotice({ type: 'waiting', error }),
    ...(options.requiresReady === true && { readiness: { type: 'strict' } }),
  });
  signal.throwIfAborted();
  const sleep = new SleepWatch(systemClock, Date.now);
  const session = new Session({
    ...options,
    target: new KubeTarget({
      ...options,
      access: () => Promise.resolve(access),
      remotePorts: ports.map(({ remote }) => remote),
      followsTarget: reconnects,
    }),
    listen: { addresses, localPorts: localPorts.map((port) => ({ mode: 'exact', port })) },
    retriesFirstAttempt: false,
    probe: new RestServerProbe(systemClock),
    onDidWake: sleep.onDidWake,
  });
  session.onDidNotice(onNotice);
  session.onDidChange(({ type }) => {
    if (type === 'stopped') sleep.dispose();
  });
  return session;
}
