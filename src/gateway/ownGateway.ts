import { systemClock } from '../base/async.ts';
import type { DisposableStore } from '../base/disposable.ts';
import { contextSlug } from '../kinds/contextSlug.ts';
import { namesProblem } from '../kinds/gateway.ts';
import { connectCluster } from '../kube/cluster/cluster.ts';
import type { RestConfig } from '../rest/restConfig.ts';
import { RestServerProbe } from '../session/serverProbe.ts';
import { SleepWatch } from '../session/sleepWatch.ts';
import { Gateway, type GatewayOptions } from './gateway.ts';
import { gatewayLocalPort } from './localPort.ts';

export interface OwnGatewayOptions
  extends Pick<
    GatewayOptions,
    'context' | 'namespaces' | 'transport' | 'createTapOwner' | 'forwardPod' | 'onDidSignIn'
  > {
  readonly restConfig: RestConfig;
  /** The requested local port. Optional, see {@link gatewayLocalPort}. */
  readonly port?: number;
}

/**
 * Starts a gateway in the process of its only user: the terminal command or a program with the library. The caller
 * stops the gateway, and disposes of `owned` only after that.
 * @param owned gets the objects that the gateway uses
 */
export function startOwnGateway(
  { restConfig, port, ...options }: OwnGatewayOptions,
  owned: DisposableStore,
): Gateway {
  const cluster = owned.add(connectCluster(restConfig));
  const sleep = owned.add(new SleepWatch(systemClock, Date.now));
  return new Gateway({
    ...options,
    slug: contextSlug(options.context, options.context, new Set()),
    localPort: gatewayLocalPort(port),
    access: () => Promise.resolve({ restConfig, cluster }),
    clock: systemClock,
    probe: new RestServerProbe(systemClock),
    onDidWake: sleep.onDidWake,
  });
}

/**
 * Waits until the gateway is ready. If reading the namespaces fails the first time, throws the error instead of waiting
 * until the gateway reads them again. The user then sees the problem at once. A forward in this process behaves in the
 * same way. To end the wait early, abort the signal and stop the gateway.
 * @throws CodedError the reason why the namespaces could not be read; the signal's reason when aborted
 */
export async function untilNamesRead(gateway: Gateway, signal: AbortSignal): Promise<void> {
  await gateway.settled();
  signal.throwIfAborted();
  const problem = namesProblem(gateway);
  if (problem !== undefined) throw problem;
}
