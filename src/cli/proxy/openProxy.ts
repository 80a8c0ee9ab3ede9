import { onAbort } from '../../base/async.ts';
import { defined } from '../../base/defined.ts';
import { DisposableStore } from '../../base/disposable.ts';
import type { CodedError } from '../../base/errors.ts';
import { printable } from '../../base/text.ts';
import type { Gateway, GatewayNotice, GatewayOptions } from '../../gateway/gateway.ts';
import { startOwnGateway, untilNamesRead } from '../../gateway/ownGateway.ts';
import { gatewayAddresses, proxyVariables } from '../../gateway/variables.ts';
import { loadTap } from '../../inspect/loadTap.ts';
import { resolveContext } from '../../kube/kubeconfig/toRestConfig.ts';
import { scavengingForward } from '../../portforward/scavengingForward.ts';
import type { ProxyCommand } from '../commands.ts';
import { exchangeFields, exchangeLine } from '../exchangeLine.ts';
import type { TerminalServices } from '../hostLink.ts';
import { jsonReporter, textReporter } from '../reporter.ts';
import { SignInAgain } from '../signInAgain.ts';
import { jsonEvent, proxyFields, proxyText, refusedText, type ShownProxy } from './proxyText.ts';
import { runProgram } from './runProgram.ts';

/** What {@link openProxy} needs from its caller. */
export interface ProxyServices extends TerminalServices {
  /**
   * Resolves when the user presses Enter, to sign in again after the login has expired. The plugin of this login may
   * ask questions on the terminal, because the user is present. Optional, default: nobody is asked to press Enter.
   */
  readonly untilEnter?: (signal: AbortSignal) => Promise<void>;
}

/**
 * Makes the services of namespaces reachable by name through a gateway in this process, until `stop` is aborted or the
 * program that the command runs has ended. Returns the exit status.
 * @throws CodedError the reason why the namespaces cannot be served
 */
export async function openProxy(command: ProxyCommand, services: ProxyServices): Promise<number> {
  const { out, err, stop } = services;
  using owned = new DisposableStore();
  const { gateway, variables, signInAgain } = await startGateway(command, services, owned);
  try {
    gateway.onDidNotice((notice) => printNotice(notice, command, services));
    await untilReady(gateway, stop);
    gateway.onDidChange(() => signInAgain.offer());
    // Also offers to sign in after each notice: a connection to a pod may fail because the credentials have expired,
    // while the gateway itself does not change.
    gateway.onDidNotice(() => signInAgain.offer());
    if (command.program !== undefined) {
      return await runProgram(command.program, { ...services.environment, ...variables() }, stop);
    }
    const shown = shownOf(gateway, variables());
    out.write(
      command.output === 'json' ? jsonEvent('ready', proxyFields(shown)) : proxyText(shown, command.shell),
    );
    await new Promise<void>((resolve) => owned.add(onAbort(stop, resolve)));
    const { total, failed } = gateway.counters;
    if (command.output === 'json') out.write(jsonEvent('stopped', { connections: total, failed }));
    else err.write(`Stopped: ${total} connections, ${failed} failed\n`);
    return 0;
  } finally {
    await gateway.stop();
  }
}

async function startGateway(command: ProxyCommand, services: ProxyServices, owned: DisposableStore) {
  const { environment, homeFolder, err } = services;
  const { kubeconfigPath, overrides, java } = command;
  const { namespace: _, ...others } = overrides;
  const {
    restConfig,
    namespace,
    contextName = restConfig.server.host,
  } = await resolveContext(others, {
    ...{ environment, homeFolder, ...defined({ kubeconfigPath }) },
    isTerminalInteractive: services.untilEnter !== undefined,
    onPluginOutput: (_user, line) => err.write(`${line}\n`),
  });
  const reporter = command.output === 'json' ? jsonReporter(services) : textReporter(services);
  const { credentials } = restConfig;
  const signInAgain = owned.add(new SignInAgain({ ...services, credentials, reporter }));
  const gateway = startOwnGateway(
    {
      restConfig,
      context: contextName,
      namespaces: command.namespaces.length === 0 ? [namespace] : command.namespaces,
      ...defined({ port: command.port }),
      onDidSignIn: signInAgain.onDidSignIn,
      createTapOwner: await tapFor(command, services),
      forwardPod: scavengingForward(),
    },
    owned,
  );
  // Creates a secret only if this command runs a program, which gets the secret in its environment variables. With the
  // secret, the program can connect through the gateway to servers outside the namespaces too.
  const variables = () =>
    proxyVariables({
      ...{ localPort: gateway.localPort ?? 0, java, environment },
      ...(command.program && { secret: gateway.createSecret({ environment, namespaces: [] }) }),
    });
  return { gateway, variables, signInAgain };
}

/**
 * Returns the function that the gateway calls for each connection, to print its requests. If the user has not asked for
 * requests (`--log-requests`), returns undefined, and saves the time to load the parsers of requests.
 */
async function tapFor(
  { logsExchanges = false, output, program }: ProxyCommand,
  { out, err }: TerminalServices,
): Promise<GatewayOptions['createTapOwner']> {
  if (!logsExchanges) return undefined;
  // Prints requests on standard error if the command runs a program, because standard output then belongs to the
  // program.
  const lines = program === undefined ? out : err;
  return await loadTap((exchange) =>
    lines.write(
      output === 'json' ? jsonEvent('exchange', exchangeFields(exchange)) : `${exchangeLine(exchange)}\n`,
    ),
  );
}

/** Waits until the gateway is ready, like {@link untilNamesRead}. Stops the gateway when the signal is aborted. */
async function untilReady(gateway: Gateway, stop: AbortSignal): Promise<void> {
  using _ = onAbort(stop, () => void gateway.stop());
  await untilNamesRead(gateway, stop);
}

function shownOf(gateway: Gateway, variables: Readonly<Record<string, string>>): ShownProxy {
  const { localPort = 0, namespaceNames: namespaces, services } = gateway;
  return { ...gatewayAddresses(localPort), namespaces, services, variables };
}

function printNotice(
  notice: GatewayNotice,
  { output, program }: ProxyCommand,
  { out, err }: TerminalServices,
): void {
  if (notice.type === 'refused') {
    if (output === 'json') out.write(refusedEvent(notice.error, notice.destination));
    else err.write(refusedText(notice.error, notice.destination));
  } else if (notice.type === 'session' && notice.notice.type === 'connectionEnded') {
    const { error, address } = notice.notice;
    if (error === undefined || program !== undefined) return;
    const text = `connection to port ${address.remotePort} of pod ${notice.pod} failed: ${error.message}`;
    if (output === 'text') err.write(`${printable(text)}\n`);
    else
      out.write(
        jsonEvent('connectionFailed', { pod: notice.pod, remotePort: address.remotePort, ...codeOf(error) }),
      );
  }
}

function refusedEvent(error: CodedError, destination: string | undefined): string {
  return jsonEvent('refused', { ...defined({ destination }), ...codeOf(error) });
}

function codeOf({ code, message }: CodedError): object {
  return { code, message };
}
