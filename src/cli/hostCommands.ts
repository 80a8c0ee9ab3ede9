import type { Writable } from 'node:stream';
import { CodedError } from '../base/errors.ts';
import { printable } from '../base/text.ts';
import { version } from '../base/version.ts';
import { connectCluster } from '../kube/cluster.ts';
import { type Kubeconfig, loadKubeconfig } from '../kube/kubeconfig.ts';
import { parsePortRequests } from '../kube/portRequest.ts';
import { parseTarget } from '../kube/target.ts';
import { toRestConfig } from '../kube/toRestConfig.ts';
import { connectToHost } from '../rpc/connectToHost.ts';
import {
  type ForwardSnapshot,
  type ForwardSpecification,
  listForwards,
  startForward,
  stopForward,
} from '../rpc/contract.ts';
import type { HostClient } from '../rpc/hostClient.ts';
import { fromResponseError } from '../rpc/rpcErrors.ts';
import { chooseLocalPorts } from './chooseLocalPorts.ts';
import type { ForwardCommand, OutputFormat } from './commandLine.ts';
import { formatForwards, forwardNames } from './forwardTable.ts';

/** What the commands that use the forward host have around them. */
export interface HostSurroundings {
  readonly out: Writable;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly homeDirectory: string;
  readonly hostScript: string;
}

/** Tests keep apart from the user's forwards by it. */
const FOLDER_VARIABLE = 'KUBE_PORT_FORWARD_HOST_FOLDER';
/** How long the host has for an answer. */
const HOST_LIMIT_MS = 90_000;

/** Prints what is forwarded by the host, for windows and terminals alike. */
export async function list(output: OutputFormat, surroundings: HostSurroundings): Promise<void> {
  using client = await join(surroundings);
  const forwards = client === undefined ? [] : await ask(client.value.request(listForwards));
  if (output === 'json') {
    for (const forward of forwards) surroundings.out.write(`${JSON.stringify(forward)}\n`);
  } else {
    surroundings.out.write(forwards.length === 0 ? 'No forwards.\n' : formatForwards(forwards));
  }
}

/** Stops forwards of the host by name, or all where there are none. @throws CodedError `FORWARD_NOT_FOUND` */
export async function stop(names: readonly string[], surroundings: HostSurroundings): Promise<void> {
  using client = await join(surroundings);
  const forwards = client === undefined ? [] : await ask(client.value.request(listForwards));
  const chosen = names.length === 0 ? forwards : names.flatMap((name) => named(forwards, name));
  const unique = [...new Map(chosen.map((forward) => [forward.id, forward])).values()];
  for (const { id } of unique) await client?.value.request(stopForward, { id });
  surroundings.out.write(`Stopped ${unique.length} ${unique.length === 1 ? 'forward' : 'forwards'}.\n`);
}

/** Starts forwards in the host, which go on when this command has ended. */
export async function detach(command: ForwardCommand, surroundings: HostSurroundings): Promise<void> {
  refuseOverrides(command);
  const { environment, homeDirectory, hostScript, out } = surroundings;
  const { kubeconfigPath } = command;
  const kubeconfig = await loadKubeconfig({
    environment,
    homeDirectory,
    ...(kubeconfigPath !== undefined && { kubeconfigPath }),
  });
  const specifications = await specify(command, kubeconfig, surroundings);
  const program = { execPath: process.execPath, script: hostScript, environment };
  using client = owned(
    await connectToHost({ ...clientOptions(surroundings, kubeconfigPath), mode: 'joinOrStart', program }),
  );
  for (const specification of specifications) {
    const forward = await ask(client.value.request(startForward, specification));
    if (forward.state.type === 'failed') {
      await client.value.request(stopForward, { id: forward.id });
      throw new CodedError(forward.state.error.code, forward.state.error.arguments);
    }
    out.write(
      `Forwarding from ${forward.localAddress ?? 'nowhere yet'} -> ${forward.remotePort ?? specification.remotePort}\n`,
    );
  }
  out.write(`In the background: kube-port-forward list, kube-port-forward stop ${command.target}\n`);
}

/** The host knows a context by its name and nothing of what flags put in place of it; a token would have to be sent to it. */
function refuseOverrides({ overrides, addresses, ports, reconnect }: ForwardCommand): void {
  const { context: _, namespace: __, ...others } = overrides;
  const [option] = Object.keys(others);
  if (option !== undefined) {
    throw new CodedError('USAGE', {
      reason: `--detach takes who and where from the kubeconfig: leave out --${option.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`,
    });
  }
  if (addresses.length !== 1 || !reconnect || ports.length === 0) {
    throw new CodedError('USAGE', {
      reason: '--detach listens on one address and reconnects: leave out the others',
    });
  }
}

async function specify(
  command: ForwardCommand,
  kubeconfig: Kubeconfig,
  { environment, homeDirectory }: HostSurroundings,
): Promise<readonly ForwardSpecification[]> {
  const target = parseTarget(command.target);
  const ports = parsePortRequests(command.ports);
  const resolved = await toRestConfig(kubeconfig, command.overrides, { environment, homeDirectory });
  const context = {
    kubeconfig: command.kubeconfigPath === undefined ? '' : (kubeconfig.paths[0] ?? ''),
    context: resolved.contextName ?? '',
  };
  const cluster = connectCluster(resolved.restConfig);
  try {
    const localPorts = await chooseLocalPorts(cluster, target, resolved.namespace, ports, {
      podRunningTimeoutMs: command.podRunningTimeoutMs,
      signal: AbortSignal.timeout(HOST_LIMIT_MS),
    });
    return ports.map(({ remote }, index): ForwardSpecification => {
      const port = localPorts[index] ?? 0;
      return {
        target: { context, namespace: resolved.namespace, ...target },
        remotePort: remote,
        localPort: { mode: 'exact', port },
        address: command.addresses[0] ?? 'localhost',
        keepsHost: true,
        ...(command.transport !== undefined && { transport: command.transport }),
      };
    });
  } finally {
    cluster.dispose();
  }
}

async function join(surroundings: HostSurroundings): Promise<OwnedClient | undefined> {
  const client = await connectToHost({ ...clientOptions(surroundings), mode: 'join' });
  return client && owned(client);
}

function clientOptions({ environment }: HostSurroundings, kubeconfigPath?: string) {
  const folder = environment[FOLDER_VARIABLE];
  return {
    client: { name: 'cli', version },
    environment: definedOnly(environment),
    kubeconfigFiles: kubeconfigPath === undefined ? [] : [kubeconfigPath],
    signal: AbortSignal.timeout(HOST_LIMIT_MS),
    ...(folder !== undefined && { folder }),
  };
}

interface OwnedClient extends Disposable {
  readonly value: HostClient;
}

function owned(client: HostClient): OwnedClient {
  return { value: client, [Symbol.dispose]: () => client.dispose() };
}

async function ask<T>(answer: Promise<T>): Promise<T> {
  try {
    return await answer;
  } catch (error) {
    throw fromResponseError(error);
  }
}

function named(forwards: readonly ForwardSnapshot[], name: string): readonly ForwardSnapshot[] {
  const found = forwards.filter((forward) => forwardNames(forward).includes(name));
  if (found.length === 0) throw new CodedError('FORWARD_NOT_FOUND', { id: printable(name) });
  return found;
}

function definedOnly(environment: HostSurroundings['environment']): Record<string, string> {
  const defined = Object.entries(environment).filter(
    (entry): entry is [string, string] => entry[1] !== undefined,
  );
  return Object.fromEntries(defined);
}
