import { randomUUID } from 'node:crypto';
import type { Writable } from 'node:stream';
import { raceAbort } from '../../base/async.ts';
import { CodedError } from '../../base/errors.ts';
import { gatewayLocalPort } from '../../gateway/localPort.ts';
import { gatewayAddresses, proxyVariables } from '../../gateway/variables.ts';
import { loadKubeconfig } from '../../kube/kubeconfig/kubeconfig.ts';
import { toRestConfig } from '../../kube/kubeconfig/toRestConfig.ts';
import type { ErrorInfo, Holder, StartGateway } from '../../rpc/contract.ts';
import {
  type GatewaySnapshot,
  gatewayVariables,
  releaseGateway,
  startGateway,
} from '../../rpc/gatewayContract.ts';
import type { ProxyCommand } from '../commandLine.ts';
import { refuseOverrides } from '../detach.ts';
import { type HostLink, type HostServices, openHost } from '../hostLink.ts';
import { exportText, jsonEvent, proxyFields, proxyText } from './proxyText.ts';

export interface DetachProxyServices extends HostServices {
  readonly out: Writable;
  readonly err: Writable;
  readonly stop: AbortSignal;
}

/**
 * Opens namespaces by name in the host, where they outlive this command.
 * @throws CodedError the reason why they cannot be opened; nothing is left behind
 */
export async function detachProxy(command: ProxyCommand, services: DetachProxyServices): Promise<void> {
  const { namespace: _, ...others } = command.overrides;
  refuseOverrides(others);
  const { out, err, stop } = services;
  const wanted = await specify(command, services);
  using host = await openHost(services, command.kubeconfigPath, stop);
  const gateway = await start(host, wanted, stop);
  const { java } = command;
  if (command.env) {
    const { id } = gateway;
    const { namespaces } = wanted;
    const { variables } = await host.request(gatewayVariables, { id, namespaces, java });
    out.write(`${exportText(variables).join('\n')}\n`);
    return;
  }
  const { localPort = 0, specification } = gateway;
  const variables = proxyVariables({ localPort, java, environment: services.environment });
  const { namespaces } = specification;
  const shown = { ...gatewayAddresses(localPort), services: gateway.services, namespaces, variables };
  if (command.output === 'json') return void out.write(jsonEvent('detached', proxyFields(shown)));
  out.write(proxyText(shown));
  err.write(`Running in the background. Stop it with: kube-port-forward stop ${localPort}\n`);
}

async function specify(
  command: ProxyCommand,
  { environment, homeDirectory }: DetachProxyServices,
): Promise<StartGateway & { readonly holder: Holder }> {
  const { kubeconfigPath, overrides } = command;
  const kubeconfig = await loadKubeconfig({
    ...{ environment, homeDirectory },
    ...(kubeconfigPath !== undefined && { kubeconfigPath }),
  });
  const { context } = overrides;
  const { namespace, contextName = '' } = await toRestConfig(
    kubeconfig,
    context === undefined ? {} : { context },
    { environment, homeDirectory },
  );
  return {
    context: {
      kubeconfig: kubeconfigPath === undefined ? '' : (kubeconfig.paths[0] ?? ''),
      context: contextName,
    },
    namespaces: command.namespaces.length === 0 ? [namespace] : command.namespaces,
    localPort: gatewayLocalPort(command.port),
    ...(command.logsExchanges === true && { requestLog: 'metadata' as const }),
    holder: { id: randomUUID(), kind: 'terminal' },
  };
}

async function start(
  host: HostLink,
  wanted: StartGateway & { readonly holder: Holder },
  stop: AbortSignal,
): Promise<GatewaySnapshot> {
  try {
    const gateway = await raceAbort(host.request(startGateway, wanted), stop);
    const problem = problemOf(gateway, wanted.namespaces);
    if (problem !== undefined) throw new CodedError(problem.code, problem.arguments);
    const { port, mode } = wanted.localPort;
    if (mode === 'exact' && port !== 0 && gateway.localPort !== port) {
      const reason = `a proxy for this context is already running on port ${gateway.localPort}: remove --port, or stop that proxy first`;
      throw new CodedError('USAGE', { reason });
    }
    return gateway;
  } catch (error) {
    // Reports the first error. A host that is gone holds nothing.
    await host.request(releaseGateway, { holder: wanted.holder.id }).catch(() => {});
    throw error;
  }
}

function problemOf({ state, namespaces }: GatewaySnapshot, wanted: readonly string[]): ErrorInfo | undefined {
  if (state.type === 'stopping' || state.type === 'stopped') return { code: 'STOPPED', arguments: {} };
  if (state.type !== 'ready' && state.error !== undefined) return state.error;
  return namespaces.find(({ name, error }) => wanted.includes(name) && error !== undefined)?.error;
}
