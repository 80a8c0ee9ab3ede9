import { DEFAULT_ADDRESSES } from '../base/address.ts';
import { defined } from '../base/defined.ts';
import { usage } from '../base/errors.ts';
import { checkTimes, POD_RUNNING_TIMEOUT_MS } from '../kinds/forwardTimes.ts';
import { formatTarget, parseSelectorTarget } from '../kinds/target.ts';
import { TRANSPORTS } from '../kinds/transports.ts';
import { validateAddresses } from '../portforward/request.ts';
import type { ForwardCommand } from './commands.ts';
import type { OptionValues } from './options.ts';
import { oneOf, outputOf, overridesOf } from './optionValues.ts';

const REQUEST_LOG_LEVEL = 6;

/**
 * Parses the arguments of a forward: a target and ports, or with the option `-l` only ports.
 * @throws CodedError `USAGE`, `INVALID_ADDRESS` or `INVALID_SELECTOR`
 */
export function parseForward(positionals: readonly string[], values: OptionValues): ForwardCommand {
  const { target, ports } = targetAndPorts(positionals, values.selector);
  if (values.all !== undefined) throw usage('use --all with the stop command only');
  if (values.follow !== undefined) throw usage('use --follow with the requests command only');
  return {
    target,
    ports,
    addresses: addressesOf(values.address),
    ...timesOf(values),
    output: outputOf(values),
    detach: values.detach ?? false,
    reconnect: values.reconnect ?? true,
    logsRequests: (values.v ?? 0) >= REQUEST_LOG_LEVEL,
    requiresReady: values['require-ready'] ?? false,
    ...(values['log-requests'] === true && { logsExchanges: true }),
    ...(values.transport !== undefined && { transport: oneOf('transport', values.transport, TRANSPORTS) }),
    ...defined({ kubeconfigPath: values.kubeconfig }),
    overrides: overridesOf(values),
  };
}

function targetAndPorts(
  positionals: readonly string[],
  selector: string | undefined,
): Pick<ForwardCommand, 'target' | 'ports'> {
  if (selector !== undefined) {
    const target = formatTarget(parseSelectorTarget(selector));
    const other = positionals.find((word) => word.includes('/'));
    if (other !== undefined) throw usage(`use either ${other} or -l, not both`);
    if (positionals.length === 0) throw usage('specify a port, for example -l app=web 8080:80');
    return { target, ports: positionals };
  }
  const [target, ...ports] = positionals;
  if (target === undefined) throw usage('specify a target and a port, for example pod/web 8080:80');
  if (ports.length === 0) throw usage(`specify a port for ${target}, for example ${target} 8080:80`);
  return { target, ports };
}

function timesOf(values: OptionValues): Pick<ForwardCommand, 'podRunningTimeoutMs' | 'waitForTargetMs'> {
  const { 'pod-running-timeout': podRunningTimeoutMs = POD_RUNNING_TIMEOUT_MS } = values;
  const times = { podRunningTimeoutMs, ...defined({ waitForTargetMs: values['wait-for-target'] }) };
  checkTimes(times, { podRunningTimeoutMs: '--pod-running-timeout', waitForTargetMs: '--wait-for-target' });
  return times;
}

/**
 * Returns the addresses to listen on. Checks the addresses, so that the command reports an invalid address before it
 * sends a request to the cluster.
 */
function addressesOf(values: readonly string[] | undefined): readonly string[] {
  const addresses = values?.flatMap(listItems) ?? DEFAULT_ADDRESSES;
  validateAddresses(addresses);
  return addresses;
}

/** Parses a list as kubectl does (pflag): a line of CSV, whose items may be quoted. @throws CodedError `USAGE` */
function listItems(text: string): readonly string[] {
  const items = [...text.matchAll(/(?:^|,)(?:"((?:[^"]|"")*)"|([^",]*))(?=,|$)/g)];
  if (items.map(([item]) => item).join('') !== text) {
    throw usage('--address: invalid value: use a list such as 127.0.0.1,::1');
  }
  return items.map(([, quoted, bare]) => quoted?.replaceAll('""', '"') ?? bare ?? '');
}
