import { randomUUID } from 'node:crypto';
import { raceAbort } from '../../base/async.ts';
import { defined } from '../../base/defined.ts';
import { CodedError } from '../../base/errors.ts';
import { gatewayLocalPort } from '../../gateway/localPort.ts';
import { gatewayAddresses, proxyVariables } from '../../gateway/variables.ts';
import { namesProblem } from '../../kinds/gateway.ts';
import { isStopped } from '../../kinds/stopped.ts';
import {
  type GatewaySnapshot,
  gatewayVariables,
  releaseGateway,
  type StartGateway,
  startGateway,
} from '../../rpc/gatewayContract.ts';
import type { Holder } from '../../rpc/holdersContract.ts';
import { fromErrorInfo } from '../../rpc/rpcErrors.ts';
import type { ProxyCommand } from '../commands.ts';
import { refuseOverrides, resolveForHost } from '../detach.ts';
import { type HostLink, openHost, type TerminalServices } from '../hostLink.ts';
import { gatewaySource, switchOnUnlessOn } from '../loggedSources.ts';
import { exportText, jsonEvent, proxyFields, proxyText } from './proxyText.ts';

/**
 * Starts a gateway in the host and prints its addresses. The gateway continues after this command has ended. If the
 * gateway cannot start, tells the host that this command does not need it. The host then stops the gateway unless
 * somebody else uses it.
 * @throws CodedError the reason why the gateway cannot start
 */
export async function detachProxy(command: ProxyCommand, services: TerminalServices): Promise<void> {
  refuseOverrides(command.overrides);
  const { out, err, stop } = services;
  const wanted = await specify(command, services);
  using host = await openHost(services, command.kubeconfigPath, stop);
  const gateway = await start(host, wanted, command.logsExchanges === true, stop);
  const { java, shell } = command;
  if (command.env) {
    const { id } = gateway;
    const { namespaces } = wanted;
    const { variables } = await host.request(gatewayVariables, { id, namespaces, java });
    out.write(`${exportText(variables, shell).join('\n')}\n`);
    return;
  }
  const { localPort = 0, specification } = gateway;
  const variables = proxyVariables({ localPort, java, environment: services.environment });
  const { namespaces } = specification;
  const shown = { ...gatewayAddresses(localPort), services: gateway.services, namespaces, variables };
  if (command.output === 'json') return void out.write(jsonEvent('detached', proxyFields(shown)));
  out.write(proxyText(shown, shell));
  err.write(`Running in the background. Stop it with: kube-port-forward stop ${localPort}\n`);
}

async function specify(
  command: ProxyCommand,
  services: TerminalServices,
): Promise<StartGateway & { readonly holder: Holder }> {
  const overrides = defined({ context: command.overrides.context });
  const { namespace, context } = await resolveForHost(command, overrides, services);
  return {
    context,
    namespaces: command.namespaces.length === 0 ? [namespace] : command.namespaces,
    localPort: gatewayLocalPort(command.port),
    holder: { id: randomUUID(), kind: 'terminal' },
  };
}

async function start(
  host: HostLink,
  wanted: StartGateway & { readonly holder: Holder },
  logsExchanges: boolean,
  stop: AbortSignal,
): Promise<GatewaySnapshot> {
  try {
    const gateway = await raceAbort(host.request(startGateway, wanted), stop);
    const { state } = gateway;
    if (isStopped(state.type)) throw new CodedError('STOPPED');
    const namespaces = gateway.namespaces.filter(({ name }) => wanted.namespaces.includes(name));
    const problem = namesProblem({ state, namespaces });
    if (problem !== undefined) throw fromErrorInfo(problem);
    const { port, mode } = wanted.localPort;
    if (mode === 'exact' && port !== 0 && gateway.localPort !== port) {
      const difference = `on port ${gateway.localPort}`;
      const name = 'a proxy for this context';
      throw new CodedError('ALREADY_RUNNING', { name, difference, option: '--port' });
    }
    // The request that starts the gateway does not turn on the log: if the command then refused a gateway of somebody
    // else, the log of that gateway would stay on.
    if (logsExchanges) await raceAbort(switchOnUnlessOn(host, gatewaySource(gateway)), stop);
    return gateway;
  } catch (error) {
    // Ignores an error of `releaseGateway`, so that the command reports the error that occurred first. If the host has
    // ended, nothing needs to be released.
    await host.request(releaseGateway, { holder: wanted.holder.id }).catch(() => {});
    throw error;
  }
}
