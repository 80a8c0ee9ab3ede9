import { defined } from '../base/defined.ts';
import { checkTimes, POD_RUNNING_TIMEOUT_MS } from '../kinds/forwardTimes.ts';
import { formatTarget, parseSelectorTarget } from '../kinds/target.ts';
import { TRANSPORTS, type TransportName } from '../kinds/transports.ts';
import type { RestConfigOverrides } from '../kube/kubeconfig/restConfigOverrides.ts';
import { validateAddresses } from '../portforward/request.ts';
import { parseTimeout, usage } from './duration.ts';
import { type FlagValues, parseFlags } from './flags.ts';
import type { ForwardFilter } from './forwardChoice.ts';
import { IGNORED_OPTIONS, OPTIONS, type OptionValues } from './options.ts';
import { PROXY_OPTIONS, proxyProblem, splitProgram } from './proxy/proxyOptions.ts';

/** The shells that `completion SHELL` and `proxy --shell SHELL` accept. */
export const SHELLS = ['bash', 'zsh', 'fish', 'powershell'] as const;
export type Shell = (typeof SHELLS)[number];

/** The parsed command line. */
export type CommandLine =
  | { readonly command: 'help' }
  | { readonly command: 'version' }
  | { readonly command: 'completion'; readonly shell: Shell }
  | { readonly command: 'list'; readonly output: OutputFormat; readonly filter: ForwardFilter }
  | StopCommand
  | RequestsCommand
  | ({ readonly command: 'proxy' } & ProxyCommand)
  | ({ readonly command: 'forward' } & ForwardCommand);

/** The arguments of a command that selects forwards of the forward host: `stop` or `requests`. */
interface ByName {
  /**
   * The labels, targets (`TYPE/NAME`), local ports or local addresses (`127.0.0.1:8080`) of forwards. If empty, the
   * command applies to all forwards that match the filter.
   */
  readonly names: readonly string[];
  readonly filter: ForwardFilter;
  /**
   * The second meaning of the arguments. `stop 8080` stops the forward with local port 8080. If the host has no such
   * forward, the arguments mean this command instead: forward to port 8080 of a pod named `stop`. Undefined if the
   * arguments have only one meaning.
   */
  readonly otherwise?: ForwardCommand;
}

export interface StopCommand extends ByName {
  readonly command: 'stop';
}

export interface RequestsCommand extends ByName {
  readonly command: 'requests';
  readonly output: OutputFormat;
  /**
   * True for `--follow`: the command turns on request logs that are off, and prints new requests until a signal, such
   * as Ctrl-C, ends the command.
   */
  readonly follows: boolean;
}

/** The options that the commands `forward` and `proxy` share. */
interface Forwarding {
  readonly output: OutputFormat;
  /**
   * Whether the forward or gateway runs in the forward host, and not in this process. If true, the command exits when
   * the forward or gateway is ready.
   */
  readonly detach: boolean;
  /** True to print the HTTP requests that pass through the forward or gateway. Optional, default false. */
  readonly logsExchanges?: boolean;
  readonly kubeconfigPath?: string;
  readonly overrides: RestConfigOverrides;
}

/** `kube-port-forward proxy`: makes the services of namespaces reachable by name through one local port. */
export interface ProxyCommand extends Forwarding {
  /** The namespaces whose services to make reachable. Empty for the namespace of the context. */
  readonly namespaces: readonly string[];
  /** The local port. Optional, default: 8900, or another port if 8900 is in use. */
  readonly port?: number;
  /** Whether to print only the environment variables of the proxy, such as `HTTP_PROXY`, as commands for a shell. */
  readonly env: boolean;
  /** Whether the environment variables of the proxy include `JAVA_TOOL_OPTIONS`. */
  readonly java: boolean;
  /**
   * The shell for which the environment variables are printed. Optional, default: PowerShell on Windows, and any POSIX
   * shell on other systems. The variable `SHELL` is not used: it names the login shell, which may not be the current
   * shell.
   */
  readonly shell?: Shell;
  /** The program to run with the environment variables of the proxy, and its arguments. Optional. */
  readonly program?: readonly [string, ...string[]];
}

export type OutputFormat = 'text' | 'json';

export interface ForwardCommand extends Forwarding {
  /** The target as the user typed it: `[TYPE/]NAME`. */
  readonly target: string;
  /** The ports as the user typed them, each as `[LOCAL:]REMOTE`. */
  readonly ports: readonly string[];
  readonly addresses: readonly string[];
  readonly podRunningTimeoutMs: number;
  /** False to end the command when the connection to the pod is lost, as kubectl does. True to reconnect. */
  readonly reconnect: boolean;
  /** True to log requests to the API server, as kubectl does with `-v=6` and higher. */
  readonly logsRequests: boolean;
  /** True to forward to Ready pods only. If false, the forward may use a pod that is not Ready, with a warning. */
  readonly requiresReady: boolean;
  /**
   * How long the forward waits for its target to be created again after the target was deleted, in milliseconds. If the
   * target is not created in this time, the forward fails. Optional, default 10 minutes.
   */
  readonly waitForTargetMs?: number;
  readonly transport?: TransportName;
}

const REQUEST_LOG_LEVEL = 6;

/**
 * Parses the arguments after the program's name.
 * @throws CodedError `USAGE`, `INVALID_ADDRESS` or `INVALID_SELECTOR`, with one line that says what is wrong
 */
export function parseCommandLine(args: readonly string[]): CommandLine {
  const proxy = proxyOf(args);
  if (proxy !== undefined) return proxy;
  const parsed = parseFlags(args, { ...OPTIONS, ...IGNORED_OPTIONS });
  checkIgnored(parsed.values);
  const values = withoutEmpty(withoutIgnored(parsed.values));
  if (values.help === true) return { command: 'help' };
  if (values.version === true) return { command: 'version' };
  return (
    verbOf(parsed.positionals, values) ?? { command: 'forward', ...forwardOf(parsed.positionals, values) }
  );
}

/**
 * Returns the command if the first word is a verb, such as `list`; otherwise undefined. Also returns undefined if a
 * port follows the verb, because the verb is then the name of a pod: `list 8080` forwards port 8080 of the pod `list`,
 * like `kubectl port-forward list 8080`. After `stop` and `requests`, a plain number is the local port of a forward, so
 * only words such as `8080:80` or `:80` make the verb the name of a pod.
 */
function verbOf([verb, ...words]: readonly string[], values: OptionValues): CommandLine | undefined {
  switch (verb) {
    case 'list':
      if (words.some(isLikePort)) return undefined;
      if (words.length > 0)
        throw usage(
          `unexpected argument "${words[0]}": list shows all forwards, or those with -n, --context or --kubeconfig`,
        );
      return { command: 'list', output: outputOf(values), filter: filterOf(verb, values, ['output']) };
    case 'stop':
    case 'requests':
      if (words.some((word) => isLikePort(word) && !isNumber(word))) return undefined;
      return verb === 'stop' ? stopOf(words, values) : requestsOf(words, values);
    case 'completion': {
      const shell = SHELLS.find((candidate) => candidate === words[0]);
      if (shell !== undefined && words.length === 1) return { command: 'completion', shell };
      if (words.some(isLikePort)) return undefined;
      throw usage(`specify a shell: ${SHELLS.join(', ')}`);
    }
    case 'help':
      return words.length === 0 ? { command: 'help' } : undefined;
    default:
      return undefined;
  }
}

/**
 * Returns the command if the first word is `proxy`; otherwise undefined. Also returns undefined if a port follows,
 * because `proxy` is then the name of a pod: `proxy 8080` forwards port 8080 of this pod.
 */
function proxyOf(args: readonly string[]): CommandLine | undefined {
  const { own, program } = splitProgram(args);
  if (!own.includes('proxy')) return undefined;
  const definitions = { ...OPTIONS, ...IGNORED_OPTIONS, ...PROXY_OPTIONS };
  const {
    values: { namespace, port, env, java, shell: shellText = '', ...others },
    positionals: [verb, ...words],
  } = parseFlags(own, definitions);
  if (verb !== 'proxy' || words.some(isLikePort)) return undefined;
  checkIgnored(others);
  const values = withoutEmpty(withoutIgnored(others));
  if (values.help === true) return { command: 'help' };
  const [word] = words;
  if (word !== undefined) throw usage(`unexpected argument "${word}": specify namespaces with -n`);
  const unknown = Object.keys(values).find((name) => NOT_OF_PROXY.has(name));
  if (unknown !== undefined) throw usage(`--${unknown} cannot be used with proxy`);
  const output = outputOf(values);
  const detach = values.detach ?? false;
  const namespaces = namespace?.filter((name) => name !== '') ?? [];
  const shell = shellText === '' ? undefined : oneOf('shell', shellText, SHELLS);
  const given = { namespace: namespaces, ...(port && { port }), ...defined({ env, shell }) };
  const problem = proxyProblem(given, output, program, detach);
  if (problem !== undefined) throw usage(problem);
  const [name, ...rest] = program ?? [];
  return {
    command: 'proxy',
    namespaces,
    ...(port !== undefined && port !== '' && { port: Number(port) }),
    env: env ?? false,
    java: java ?? false,
    ...defined({ shell }),
    // With `--env`, the gateway runs in the host, because it must outlive this command: a shell uses the printed
    // variables after the command has ended.
    detach: detach || env === true,
    ...(values['log-requests'] === true && { logsExchanges: true }),
    output,
    ...(name !== undefined && { program: [name, ...rest] }),
    ...defined({ kubeconfigPath: values.kubeconfig }),
    overrides: overridesOf(values),
  };
}

/**
 * Options of the command `forward` that make no sense for `proxy`. A command line with `proxy` and one of these options
 * is rejected.
 */
export const NOT_OF_PROXY: ReadonlySet<string> = new Set([
  'all',
  'address',
  'follow',
  'pod-running-timeout',
  'reconnect',
  'require-ready',
  'selector',
  'transport',
  'wait-for-target',
]);

function stopOf(words: readonly string[], values: OptionValues): CommandLine {
  const { selected, isPortsOnly } = meant(words, values);
  if (isPortsOnly && values.all === undefined) {
    const otherwise = forwardOf(['stop', ...words], values);
    const isTakenByStop = Object.keys(values).every((name) => FILTER_OPTIONS.has(name));
    if (!isTakenByStop) return { command: 'forward', ...otherwise };
    return { command: 'stop', names: words, filter: filterOf('stop', values, []), otherwise };
  }
  const filter = filterOf('stop', values, ['all', 'selector']);
  return { command: 'stop', names: stopNames([...words, ...selected], values.all === true), filter };
}

function requestsOf(words: readonly string[], values: OptionValues): CommandLine {
  const { selected, isPortsOnly } = meant(words, values);
  const isOwn = Object.keys(values).every((name) => FILTER_OPTIONS.has(name) || name === 'output');
  const mayBePod = isPortsOnly && values.follow === undefined;
  const otherwise = mayBePod ? forwardOf(['requests', ...words], values) : undefined;
  if (otherwise !== undefined && !isOwn) return { command: 'forward', ...otherwise };
  return {
    command: 'requests',
    names: [...words, ...selected],
    filter: filterOf('requests', values, ['output', 'follow', 'selector']),
    output: outputOf(values),
    follows: values.follow ?? false,
    ...(otherwise && { otherwise }),
  };
}

/**
 * Interprets the words after `stop` or `requests`. In the result, `selected` contains the target of the option `-l`, if
 * it is given. `isPortsOnly` is true if there are only numbers and no `-l`. Such a command line has two meanings:
 * `stop 8080` stops the forward with local port 8080, or forwards port 8080 of a pod named `stop`.
 */
function meant(words: readonly string[], { selector }: OptionValues) {
  const selected = selector === undefined ? [] : [formatTarget(parseSelectorTarget(selector))];
  return { selected, isPortsOnly: words.length > 0 && words.every(isNumber) && selected.length === 0 };
}

function forwardOf(positionals: readonly string[], values: OptionValues): ForwardCommand {
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

function isLikePort(word: string): boolean {
  return /^\d*(:.*)?$/.test(word) && word !== '';
}

function isNumber(word: string): boolean {
  return /^\d+$/.test(word);
}

function outputOf({ output = 'text' }: OptionValues): OutputFormat {
  return oneOf('output', output, ['text', 'json']);
}

function withoutIgnored(values: Readonly<Record<string, unknown>>): OptionValues {
  return Object.fromEntries(Object.entries(values).filter(([name]) => name in OPTIONS));
}

// The values of `--profile` that `kubectl options` lists. The option has no effect here, but other values are rejected,
// as in kubectl.
const PROFILES = ['none', 'cpu', 'heap', 'goroutine', 'threadcreate', 'block', 'mutex'];

const MAX_INT32 = 2 ** 31 - 1;

function checkIgnored(values: FlagValues<typeof IGNORED_OPTIONS>): void {
  const { profile, vmodule, 'log-flush-frequency': flushMs = 1 } = values;
  if (flushMs <= 0) throw usage('--log-flush-frequency must be greater than 0');
  if (profile !== undefined) oneOf('profile', profile, PROFILES);
  const isModuleList =
    vmodule?.split(',').every((item) => {
      const [, level] = /^[^=]+=(\d+)$/.exec(item) ?? [];
      return item === '' || (level !== undefined && Number(level) <= MAX_INT32);
    }) ?? true;
  if (!isModuleList) throw usage('invalid value for --vmodule: use a list such as file=2,other=4');
}

function stopNames(names: readonly string[], isAll: boolean): readonly string[] {
  if (isAll && names.length > 0) throw usage('use names or --all, not both');
  if (!isAll && names.length === 0)
    throw usage('specify the forwards to stop (see kube-port-forward list), or use --all');
  return names;
}

/** The options that `list`, `stop` and `requests` have in common. */
const FILTER_OPTIONS: ReadonlySet<string> = new Set(['namespace', 'context', 'kubeconfig', 'v']);

/**
 * Returns the filter that the user has given to `list`, `stop` or `requests`, and rejects unsuitable options.
 * @param own the options that the command accepts in addition to {@link FILTER_OPTIONS}
 * @throws CodedError `USAGE` for an option that the command does not accept
 */
function filterOf(
  command: string,
  values: OptionValues,
  own: readonly (keyof OptionValues)[],
): ForwardFilter {
  const { namespace, context, kubeconfig } = values;
  const taken = new Set([...FILTER_OPTIONS, ...own]);
  const option = Object.keys(values).find((name) => !taken.has(name));
  if (option !== undefined) throw usage(`--${option} cannot be used with ${command}`);
  return defined({ namespace, context, kubeconfigPath: kubeconfig });
}

/**
 * Removes options with an empty value, so that they have no effect, as in kubectl. The value of `--context "$NAME"` is
 * empty, for example, if the shell variable is not set.
 */
export function withoutEmpty(values: OptionValues): OptionValues {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== ''));
}

/** Returns the options that replace values of the kubeconfig, such as `--user`. @throws CodedError `USAGE` */
export function overridesOf(values: OptionValues): RestConfigOverrides {
  // Does not split groups at commas, because a group's name may contain commas: `cn=admins,dc=example`. Accepts an
  // empty group, as kubectl does.
  const asGroups = values['as-group'];
  const requestTimeout = values['request-timeout'];
  const { context, cluster, user, namespace, server, token, username, password, as } = values;
  return {
    ...defined({ context, cluster, user, namespace, server, token, username, password, as, asGroups }),
    ...defined({
      asUid: values['as-uid'],
      clientCertificate: values['client-certificate'],
      clientKey: values['client-key'],
      certificateAuthority: values['certificate-authority'],
      tlsServerName: values['tls-server-name'],
      requestTimeoutMs:
        requestTimeout === undefined ? undefined : parseTimeout('--request-timeout', requestTimeout),
    }),
    ...(values['insecure-skip-tls-verify'] === true && { insecureSkipTlsVerify: true }),
  };
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
function addressesOf(values: readonly string[] | undefined): string[] {
  const addresses = values?.flatMap(listItems) ?? ['localhost'];
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

function oneOf<T extends string>(option: string, value: string, allowed: readonly T[]): T {
  const found = allowed.find((candidate) => candidate === value);
  if (found === undefined)
    throw usage(`--${option}: invalid value "${value}": use one of ${allowed.join(', ')}`);
  return found;
}
