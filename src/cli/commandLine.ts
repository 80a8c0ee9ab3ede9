import { isIP } from 'node:net';
import { type ParseArgsOptionsConfig, parseArgs } from 'node:util';
import { CodedError, describeError } from '../base/errors.ts';
import type { TransportName } from '../portforward/transport/transport.ts';
import { parseDuration } from './duration.ts';
import type { ForwardFilter } from './forwardChoice.ts';

const OPTIONS = {
  all: { type: 'boolean' },
  address: { type: 'string', multiple: true },
  as: { type: 'string' },
  'as-group': { type: 'string', multiple: true },
  'as-uid': { type: 'string' },
  'certificate-authority': { type: 'string' },
  'client-certificate': { type: 'string' },
  'client-key': { type: 'string' },
  cluster: { type: 'string' },
  context: { type: 'string' },
  detach: { type: 'boolean', short: 'd' },
  help: { type: 'boolean', short: 'h' },
  'insecure-skip-tls-verify': { type: 'boolean' },
  kubeconfig: { type: 'string' },
  namespace: { type: 'string', short: 'n' },
  output: { type: 'string', short: 'o' },
  'pod-running-timeout': { type: 'string' },
  reconnect: { type: 'boolean' },
  'request-timeout': { type: 'string' },
  server: { type: 'string', short: 's' },
  'tls-server-name': { type: 'string' },
  token: { type: 'string' },
  transport: { type: 'string' },
  user: { type: 'string' },
  version: { type: 'boolean' },
} as const satisfies ParseArgsOptionsConfig;

const DEFAULT_POD_RUNNING_TIMEOUT_MS = 60_000;
const TRANSPORTS: readonly TransportName[] = ['spdy', 'websocket', 'channel'];

/** What the command line asks for. */
export type CommandLine =
  | { readonly command: 'help' }
  | { readonly command: 'version' }
  | { readonly command: 'list'; readonly output: OutputFormat; readonly filter: ForwardFilter }
  /** By label, `TYPE/NAME` or local port; all that fit where there are none. */
  | { readonly command: 'stop'; readonly names: readonly string[]; readonly filter: ForwardFilter }
  | ({ readonly command: 'forward' } & ForwardCommand);

export type OutputFormat = 'text' | 'json';

export interface ForwardCommand {
  /** `[TYPE/]NAME`, as given. */
  readonly target: string;
  /** `[LOCAL:]REMOTE`, as given. */
  readonly ports: readonly string[];
  readonly addresses: readonly string[];
  readonly podRunningTimeoutMs: number;
  readonly output: OutputFormat;
  /** Whether it goes on in the forward host, and the command ends once it is ready. */
  readonly detach: boolean;
  /** Whether a lost pod is looked for again, or ends the command as kubectl does. */
  readonly reconnect: boolean;
  readonly transport?: TransportName;
  readonly kubeconfigPath?: string;
  readonly overrides: ConfigOverrides;
}

/** What takes the place of the kubeconfig's own. */
export interface ConfigOverrides {
  readonly context?: string;
  readonly cluster?: string;
  readonly user?: string;
  readonly namespace?: string;
  readonly server?: string;
  readonly token?: string;
  readonly clientCertificate?: string;
  readonly clientKey?: string;
  readonly as?: string;
  readonly asGroups?: readonly string[];
  readonly asUid?: string;
  readonly certificateAuthority?: string;
  readonly insecureSkipTlsVerify?: boolean;
  readonly tlsServerName?: string;
  readonly requestTimeoutMs?: number;
}

/**
 * Reads the arguments behind the program's name.
 * @throws CodedError `USAGE` or `INVALID_ADDRESS`, with one line that says what is wrong
 */
export function parseCommandLine(args: readonly string[]): CommandLine {
  const { values, positionals } = parse(args);
  if (values.help === true) return { command: 'help' };
  if (values.version === true) return { command: 'version' };
  const [target, ...ports] = positionals;
  const output = oneOf('output', values.output ?? 'text', ['text', 'json']);
  if (target === 'list' && ports.length === 0) {
    return { command: 'list', output, filter: filterOf(target, values, 'output') };
  }
  if (target === 'stop') {
    const filter = filterOf(target, values, 'all');
    return { command: 'stop', names: stopNames(ports, values.all === true), filter };
  }
  if (target === undefined) throw usage('give a target and a port, for example pod/web 8080:80');
  if (ports.length === 0) throw usage(`give a port of ${target}, for example ${target} 8080:80`);
  return {
    command: 'forward',
    target,
    ports,
    addresses: addressesOf(values.address),
    podRunningTimeoutMs: timeoutOf(values['pod-running-timeout']),
    output,
    detach: values.detach ?? false,
    reconnect: values.reconnect ?? true,
    ...(values.transport !== undefined && { transport: oneOf('transport', values.transport, TRANSPORTS) }),
    ...(values.kubeconfig !== undefined && { kubeconfigPath: values.kubeconfig }),
    overrides: overridesOf(values),
  };
}

function stopNames(names: readonly string[], isAll: boolean): readonly string[] {
  if (isAll && names.length > 0) throw usage('give names or --all, not both');
  if (!isAll && names.length === 0)
    throw usage('name what to stop (see kube-port-forward list), or give --all');
  return names;
}

/** @param own the only other option that means something to the command */
function filterOf(command: string, values: Values, own: keyof Values): ForwardFilter {
  const { namespace, context, kubeconfig, [own]: _, ...others } = values;
  const [option] = Object.keys(others);
  if (option !== undefined) throw usage(`${command} takes no --${option}`);
  return {
    ...(namespace !== undefined && { namespace }),
    ...(context !== undefined && { context }),
    ...(kubeconfig !== undefined && { kubeconfigPath: kubeconfig }),
  };
}

type Values = ReturnType<typeof parse>['values'];

function parse(args: readonly string[]) {
  try {
    const { values, positionals } = parseArgs({
      args: args.map(withoutBooleanValue).flatMap(withoutShortEquals),
      options: OPTIONS,
      allowPositionals: true,
      allowNegative: true,
    });
    return { values: withoutEmpty(values), positionals };
  } catch (error) {
    // Node adds advice about `--` that helps nobody here.
    throw usage(describeError(error).replace(/\. .*$/, ''));
  }
}

/** As for kubectl, what is given empty (a shell variable that is not set) is not given. */
function withoutEmpty<T extends object>(values: T): T {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== '')) as T;
}

function withoutEmptyItems(values: readonly string[] | undefined): readonly string[] | undefined {
  const given = values?.filter((value) => value !== '');
  return given?.length ? given : undefined;
}

/** Go's short flags take `-n=demo` as well as `-n demo`; Node's parser would take the `=` for a part of the value. */
function withoutShortEquals(arg: string): string[] {
  const [, flag, value] = /^(-[a-z])=(.*)$/s.exec(arg) ?? [];
  return flag === undefined || value === undefined ? [arg] : [flag, value];
}

/** Go's flags take `--reconnect=false`; Node's parser has `--no-reconnect`. */
function withoutBooleanValue(arg: string): string {
  const [, name = '', value] = /^--([\w-]+)=(true|false)$/.exec(arg) ?? [];
  const option = OPTIONS[name as keyof typeof OPTIONS] as { readonly type: string } | undefined;
  if (option?.type !== 'boolean') return arg;
  return value === 'true' ? `--${name}` : `--no-${name}`;
}

function overridesOf(values: Values): ConfigOverrides {
  // A group's name may have commas: `cn=admins,dc=example`.
  const asGroups = withoutEmptyItems(values['as-group']);
  const requestTimeout = values['request-timeout'];
  return {
    ...(values.context !== undefined && { context: values.context }),
    ...(values.cluster !== undefined && { cluster: values.cluster }),
    ...(values.user !== undefined && { user: values.user }),
    ...(values.namespace !== undefined && { namespace: values.namespace }),
    ...(values.server !== undefined && { server: values.server }),
    ...(values.token !== undefined && { token: values.token }),
    ...(values['client-certificate'] !== undefined && { clientCertificate: values['client-certificate'] }),
    ...(values['client-key'] !== undefined && { clientKey: values['client-key'] }),
    ...(values.as !== undefined && { as: values.as }),
    ...(asGroups !== undefined && { asGroups }),
    ...(values['as-uid'] !== undefined && { asUid: values['as-uid'] }),
    ...(values['certificate-authority'] !== undefined && {
      certificateAuthority: values['certificate-authority'],
    }),
    ...(values['insecure-skip-tls-verify'] === true && { insecureSkipTlsVerify: true }),
    ...(values['tls-server-name'] !== undefined && { tlsServerName: values['tls-server-name'] }),
    ...(requestTimeout !== undefined && {
      requestTimeoutMs: parseDuration('request-timeout', requestTimeout),
    }),
  };
}

function timeoutOf(text: string | undefined): number {
  if (text === undefined) return DEFAULT_POD_RUNNING_TIMEOUT_MS;
  const timeoutMs = parseDuration('pod-running-timeout', text);
  if (timeoutMs <= 0) throw usage('--pod-running-timeout has to be longer than 0');
  return timeoutMs;
}

/** Checked here, before the cluster is asked anything. */
function addressesOf(values: readonly string[] | undefined): string[] {
  const addresses = listOf(values) ?? ['localhost'];
  for (const address of addresses) {
    if (address !== 'localhost' && isIP(address) === 0) throw new CodedError('INVALID_ADDRESS', { address });
  }
  return addresses;
}

/** An option that may be given several times, and with commas. */
function listOf(values: readonly string[] | undefined): string[] | undefined {
  const list = values?.flatMap((value) => value.split(',')).map((value) => value.trim());
  return list?.some((value) => value !== '') ? list.filter((value) => value !== '') : undefined;
}

function oneOf<T extends string>(option: string, value: string, allowed: readonly T[]): T {
  const found = allowed.find((candidate) => candidate === value);
  if (found === undefined) throw usage(`--${option} ${value}: choose one of ${allowed.join(', ')}`);
  return found;
}

/** Words of the command line that will not do. */
export function usage(reason: string): CodedError {
  return new CodedError('USAGE', { reason });
}
