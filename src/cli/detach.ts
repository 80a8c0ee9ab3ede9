import type { Writable } from 'node:stream';
import { DEFAULT_ADDRESSES } from '../base/address.ts';
import { defined } from '../base/defined.ts';
import { DisposableStore } from '../base/disposable.ts';
import { type CodedError, usage } from '../base/errors.ts';
import type { NoticeOf } from '../kinds/forwardNotice.ts';
import type { LocalAddress } from '../kinds/ports.ts';
import { parseTarget } from '../kinds/target.ts';
import { connectCluster } from '../kube/cluster/cluster.ts';
import type { RestConfigOverrides } from '../kube/kubeconfig/restConfigOverrides.ts';
import { type ResolvedContext, resolveContext } from '../kube/kubeconfig/toRestConfig.ts';
import { chooseLocalPorts } from '../kube/target/chooseLocalPorts.ts';
import { parsePortRequests } from '../kube/target/portRequest.ts';
import type { ContextReference } from '../rpc/clustersContract.ts';
import type { ForwardSnapshot, ForwardSpecification } from '../rpc/forwardsContract.ts';
import type { ForwardCommand } from './commands.ts';
import { type HostServices, openHost } from './hostLink.ts';
import type { Reporter } from './reporter.ts';
import { startInHost } from './startInHost.ts';

export interface DetachServices extends HostServices {
  readonly err: Writable;
  readonly reporter: Reporter;
  /**
   * Aborted when the command must end. If a forward is not ready by then, the command releases all forwards that it has
   * started, so that the host stops them.
   */
  readonly stop: AbortSignal;
}

/**
 * Starts forwards in the host, and waits until they are ready. The forwards continue after this command has ended. If a
 * forward cannot start, releases all forwards of the command, so that the host stops them.
 * @throws CodedError the reason why a forward cannot start
 */
export async function detach(command: ForwardCommand, services: DetachServices): Promise<void> {
  refuseOptions(command);
  const { reporter, stop } = services;
  const onWaiting = oncePerReason((error) => reporter.notice({ type: 'waiting', error }));
  const specifications = await specify(command, services, onWaiting);
  reporter.notice({ type: 'starting' });
  using host = await openHost(services, command.kubeconfigPath, stop);
  const { podRunningTimeoutMs, logsExchanges = false } = command;
  const options = { podRunningTimeoutMs, logsExchanges, onWaiting, stop };
  const forwards = await startInHost(host, specifications, options);
  for (const forward of forwards) {
    const notice = readyNotice(forward);
    if (notice !== undefined) reporter.notice(notice);
  }
  const [first] = specifications;
  const names = forwards.flatMap((forward) => stopName(forward) ?? []);
  if (first !== undefined) reporter.detached(first.target, command.overrides.context !== undefined, names);
}

const OPTION_NAMES: Readonly<Partial<Record<keyof RestConfigOverrides, string>>> = {
  asGroups: 'as-group',
  requestTimeoutMs: 'request-timeout',
};

function refuseOptions({ overrides, addresses, reconnect }: ForwardCommand): void {
  refuseOverrides(overrides);
  if (addresses.length !== 1) throw usage('--detach listens on one address only: use a single --address');
  if (!reconnect) throw usage('--detach always reconnects: remove --reconnect=false');
}

/**
 * Rejects options such as `--server` and `--token`. The host cannot use these options, because the host takes the
 * cluster and the user from the kubeconfig. Also, secrets of the command line must not be sent to another process.
 * @throws CodedError `USAGE`
 */
export function refuseOverrides(overrides: RestConfigOverrides): void {
  const { context: _, namespace: __, ...others } = overrides;
  const [option] = Object.keys(others) as (keyof typeof others)[];
  if (option !== undefined) {
    const name = OPTION_NAMES[option] ?? option.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
    throw usage(`--detach uses the cluster and user from the kubeconfig: remove --${name}`);
  }
}

/**
 * Finds the cluster, user and namespace of a command, in the same way as for a forward without `--detach`. With the
 * `context` of the result, the host finds the same cluster and user.
 * @throws CodedError as {@link resolveContext} does
 */
export async function resolveForHost(
  { kubeconfigPath }: { readonly kubeconfigPath?: string },
  overrides: RestConfigOverrides,
  { environment, homeFolder }: HostServices,
): Promise<ResolvedContext & { readonly context: ContextReference }> {
  const options = { environment, homeFolder, ...defined({ kubeconfigPath }) };
  const resolved = await resolveContext(overrides, options);
  const { contextName: context = '', kubeconfig } = resolved;
  const path = kubeconfigPath === undefined ? '' : (kubeconfig.paths[0] ?? '');
  return { ...resolved, context: { kubeconfig: path, context } };
}

async function specify(
  command: ForwardCommand,
  services: DetachServices,
  onWaiting: (reason: CodedError) => void,
): Promise<readonly ForwardSpecification[]> {
  const target = parseTarget(command.target);
  const ports = parsePortRequests(command.ports, target);
  const { context, ...resolved } = await resolveForHost(command, command.overrides, services);
  const { stop } = services;
  using owned = new DisposableStore();
  const cluster = owned.add(connectCluster(resolved.restConfig));
  const localPorts = await chooseLocalPorts(cluster, target, resolved.namespace, ports, {
    podRunningTimeoutMs: command.podRunningTimeoutMs,
    signal: stop,
    signIn: () => resolved.restConfig.credentials.get(stop),
    onWaiting,
  });
  return ports.map(({ remote }, index): ForwardSpecification => {
    const port = localPorts[index] ?? 0;
    return {
      target: { context, namespace: resolved.namespace, ...target },
      remotePort: remote,
      localPort: { mode: 'exact', port },
      address: command.addresses[0] ?? DEFAULT_ADDRESSES[0],
      ...defined({ waitForTargetMs: command.waitForTargetMs, transport: command.transport }),
      ...(command.requiresReady && { requiresReady: true }),
    };
  });
}

/**
 * Returns the `ready` notice for a forward of the host, so that the reporter prints the same lines as for a forward in
 * this process. Returns undefined if the forward has no tunnel (connection to a pod).
 */
function readyNotice(forward: ForwardSnapshot): NoticeOf<'ready'> | undefined {
  const { state, specification } = forward;
  const tunnel = state.type === 'reconnecting' ? state.tunnel : state.type === 'ready' ? state : undefined;
  if (tunnel === undefined) return undefined;
  const { namespace } = specification.target;
  const asked = typeof specification.remotePort === 'number' ? specification.remotePort : 0;
  const remotePort = forward.remotePort ?? asked;
  return {
    type: 'ready',
    pod: { namespace, name: tunnel.pod },
    transport: tunnel.transport,
    isPodReady: state.type !== 'ready' || state.warning === undefined,
    isFirst: true,
    addresses: addressesOf(forward).map((address) => ({ ...address, remotePort })),
  };
}

/**
 * Returns the argument with which `stop` stops exactly this forward: its local port. If the forward does not listen on
 * `localhost`, the argument is its address with the port (`127.0.0.2:8080`), because another forward may have the same
 * port on `localhost`. Undefined while no port is bound.
 */
function stopName({ specification, localAddress, localPort }: ForwardSnapshot): string | undefined {
  return specification.address === 'localhost' ? localPort?.toString() : localAddress;
}

/** Returns the local addresses of a forward. A host of an older version reports only one address, in another field. */
function addressesOf({ localAddresses, localAddress, localPort }: ForwardSnapshot): readonly LocalAddress[] {
  if (localAddresses !== undefined) return localAddresses;
  if (localAddress === undefined || localPort === undefined) return [];
  return [{ address: localAddress.replace(/:\d+$/, '').replace(/^\[|\]$/g, ''), localPort }];
}

function oncePerReason(report: (reason: CodedError) => void): (reason: CodedError) => void {
  const reported = new Set<string>();
  return (reason) => {
    if (reported.has(reason.message)) return;
    reported.add(reason.message);
    report(reason);
  };
}
