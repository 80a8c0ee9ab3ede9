import { LOG_LIMIT, MESSAGE_LIMIT, printable, shorten } from './text.ts';

/** What fills the `{placeholders}` of an error's message. Never a credential. */
export type ErrorArguments = Readonly<Record<string, string | number>>;

/**
 * Every error a user can meet: its code and the English sentence for it, which says what to do.
 * A window translates by code, with the same arguments; docs/troubleshooting.md lists the codes.
 */
export const ERROR_MESSAGES = {
  // What was asked for
  USAGE: '{reason}',
  INVALID_PORT:
    '"{text}" is not a port: give REMOTE or LOCAL:REMOTE, each from 1 to 65535 (LOCAL may be 0 or empty for any free port)',
  INVALID_TARGET: '"{text}" is not a target: give NAME, or TYPE/NAME with TYPE one of {types}',
  NAME_NOT_LOWER_CASE: 'names in Kubernetes are lower case: give "{suggestion}" instead of "{name}"',
  INVALID_SELECTOR: '"{text}" is not a label selector: write it like app=web,tier!=db',
  DUPLICATE_LOCAL_PORT: 'local port {port} is given twice: give each pair a local port of its own',
  UDP_NOT_SUPPORTED: 'port {port} of {target} is UDP: Kubernetes forwards TCP only, choose a TCP port',
  INVALID_ADDRESS: '"{address}" is not an address of this machine: give localhost or an IP address',

  // This machine
  PORT_IN_USE:
    'port {port} on {address} is in use by {holder}: stop it, or use another local port, for example {suggestion}',
  PORT_NOT_PERMITTED:
    'port {port} on {address} needs more rights than this user has: use a local port from 1024 on, for example {suggestion}',
  PORT_RESERVED:
    'port {port} on {address} is reserved by Windows ({range}, as for Hyper-V, WSL or Docker): use another local port, for example {suggestion}',
  ADDRESS_NOT_AVAILABLE:
    'address {address} is not one of this machine: give localhost or an address that it has',

  // Kubeconfig and credentials
  KUBECONFIG_NOT_FOUND: 'kubeconfig {path} does not exist: check --kubeconfig or KUBECONFIG',
  KUBECONFIG_UNREADABLE: 'kubeconfig {path} cannot be read ({reason}): check the path and its permissions',
  KUBECONFIG_INVALID: 'kubeconfig {path} is not valid, line {line}: {reason}',
  NO_KUBECONFIG: 'no kubeconfig found: set KUBECONFIG, give --kubeconfig, or create {path}',
  NO_CONTEXTS: 'kubeconfig {path} has no contexts: choose another one',
  CONTEXT_NOT_FOUND: 'context "{context}" is in no kubeconfig: choose one of {known}',
  NO_CURRENT_CONTEXT: 'the kubeconfig names no current context: give --context, one of {known}',
  CLUSTER_NOT_FOUND: 'cluster "{cluster}" is in no kubeconfig: choose one of {known}',
  USER_NOT_FOUND: 'user "{user}" is in no kubeconfig: choose one of {known}',
  CREDENTIALS_FAILED: 'no credentials for "{user}": {reason}',
  PLUGIN_NOT_ALLOWED:
    'context "{context}" runs the program {command}, which a kubeconfig of this workspace names: try again, and allow it',

  // The API server
  UNREACHABLE:
    '{server} cannot be reached ({reason}): check the network, the VPN and the address in the kubeconfig',
  TLS: 'the connection to {server} is not secure ({reason}): check the certificate and certificate-authority in the kubeconfig',
  PROXY_FAILED: 'proxy {proxy} does not connect to {server} ({reason}): check proxy-url or HTTPS_PROXY',
  TIMED_OUT: '{server} did not answer within {seconds} s: check the network, or try again',
  UNAUTHORIZED: '{server} does not accept the credentials of "{user}" (401): sign in again',
  FORBIDDEN:
    '"{user}" may not {verb} {resource} in namespace "{namespace}" ({reason}): ask for a role with {rule}',
  FORBIDDEN_CLUSTER_WIDE:
    '"{user}" may not {verb} {resource} at the cluster scope ({reason}): ask for a cluster role with {rule}',
  API_ERROR: '{server} answered {status}: {reason}',
  TOO_LARGE:
    '{server} answers with too much ({reason}): choose a namespace with fewer objects, or give the name of the target',
  UNUSABLE_OBJECTS: '{server} lists {count} objects without a valid name: they are left out',
  UPGRADE_REFUSED: '{server} refuses the {transport} transport ({status}: {reason})',
  PROTOCOL: 'the other side broke the {protocol} protocol ({reason})',

  // The target
  NAMESPACE_NOT_FOUND: 'namespace "{namespace}" does not exist',
  POD_NOT_FOUND: 'pod "{name}" is not in namespace "{namespace}": check the name and -n',
  TARGET_NOT_FOUND: '{kind} "{name}" is not in namespace "{namespace}": check the name and -n',
  PORT_NAME_NOT_FOUND: '{target} has no port named "{port}": it has {known}',
  SERVICE_PORT_NOT_FOUND: '{target} has no port {port}: it has {known}',
  SERVICE_WITHOUT_SELECTOR:
    'service "{name}" selects no pods: forward to a pod instead (kubectl get endpointslices -n {namespace} -l kubernetes.io/service-name={name} lists what is behind it)',
  SERVICE_IS_EXTERNAL:
    'service "{name}" is of type ExternalName and has no pods: connect to {externalName} itself, or forward to a pod that reaches it',
  RESOURCE_TYPE_NOT_FOUND: '{server} has no resource type "{resource}": check the type of the target',
  NO_READY_POD:
    '{target} has no ready pod within {seconds} s: see its pods with kubectl get pods -n {namespace}, or give a longer --pod-running-timeout',
  POD_NOT_RUNNING:
    'pod "{name}" is {phase} after {seconds} s: see kubectl describe pod {name} -n {namespace}, or give a longer --pod-running-timeout',
  POD_COMPLETED: 'pod "{name}" has ended ({phase}): choose one that runs',
  POD_NOT_READY: 'pod "{name}" is not ready: it may refuse connections',
  POD_TAKEN_UNREADY: 'pod "{name}" is not ready; forwarding anyway',
  WAITING_FOR_POD: 'pod "{name}" is {phase}',
  WAITING_FOR_READY_POD: 'pod "{name}" is not ready yet',
  WAITING_FOR_PODS: '{target} has no ready pod yet ({pods})',
  WAITING_FOR_FIRST_POD: '{target} has no pods yet',
  POD_TERMINATING: 'pod "{name}" is terminating',
  TARGET_CHANGED: '{name} has changed: new connections go where it leads now',
  WAITING_FOR_TARGET: 'waiting for {target} to come back',
  POD_GONE: 'pod "{name}" is gone',
  CONTAINER_RESTARTED: 'a container of pod "{name}" has restarted',

  // A forward, and one connection through it
  LOST_CONNECTION: 'lost the connection to pod "{name}" ({reason})',
  MACHINE_SLEPT: 'this machine was asleep: checking the connection',
  NOT_CONNECTED: 'no pod could be reached within {seconds} s',
  LOST_CONNECTION_TO_SERVER: 'lost the tunnel to the API server ({reason})',
  CONNECTION_FAILED: '{reason}',
  OUT_OF_FILES:
    'this program has no file handles left, so new connections are reset: end some, or raise the limit of open files',
  STALLED: 'it took no data for {seconds} s while others waited for its tunnel',
  STOPPED: 'stopped',

  // The process that holds the forwards
  HOST_FOLDER_UNSAFE: '{path} cannot be used for the forward host ({reason}): remove it, and try again',
  HOST_NOT_STARTED: 'the forward host does not start ({reason})',
  HOST_UNRESPONSIVE:
    'the forward host (process {processId}) does not answer: end that process, and try again',
  HOST_NOT_PERMITTED:
    'the forward host (process {processId}) runs as administrator: end it, or run this as administrator too',
  HOST_TOO_NEW: 'the forward host is of the newer version {version}: reload the window, or update',
  HOST_LOST: 'the forward host has ended',
  DEMO_NOT_STARTED: 'the demo cluster does not start ({reason})',
  FORWARD_NOT_FOUND: 'there is no forward "{id}" any more',
  FORWARD_IN_USE: '{forward} is used by {users}: let the user stop it',
  FORWARD_UNKNOWN: 'there is no forward "{name}": see kube-port-forward list',
  FORWARD_AMBIGUOUS:
    '"{name}" is forwarded in {places}: say which with -n, --context or --kubeconfig, or give its local port',
  FORWARD_NOT_READY:
    '{target} is not forwarded after {seconds} s: try again later, or give a longer --pod-running-timeout',
  VIEW_NOT_FOUND: 'there is no view {viewId}',
  VIEW_CLOSED:
    'the forward host ended {count} times while it looked at "{context}": refresh it to look again',
  INTERNAL: 'this should not have happened: {reason}',
} as const satisfies Record<string, string>;

/** The code of an error, for programs. {@link ERROR_MESSAGES} has the sentence for each. */
export type ErrorCode = keyof typeof ERROR_MESSAGES;

/** Arguments that this machine gives, and that are of no use without their end. */
const OWN_ARGUMENTS: ReadonlySet<string> = new Set(['path', 'known', 'text', 'types']);

/**
 * An error with a code for programs, arguments for translation, and a message for people. A peer may say as much as it likes: its
 * arguments keep 2,000 characters of each text, its message shows 300.
 */
export class CodedError extends Error {
  readonly code: ErrorCode;
  readonly arguments: ErrorArguments;

  constructor(code: ErrorCode, args: ErrorArguments = {}, cause?: unknown) {
    super(fillPlaceholders(code, args), cause === undefined ? undefined : { cause });
    this.name = 'CodedError';
    this.code = code;
    this.arguments = shortened(args, LOG_LIMIT);
  }
}

const PORT_CODES: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'PORT_IN_USE',
  'PORT_NOT_PERMITTED',
  'PORT_RESERVED',
]);

/** Whether a code says that another local port may do. Such an error has that port as its argument `suggestion`. */
export function isPortProblem(code: ErrorCode): boolean {
  return PORT_CODES.has(code);
}

/** Whether `error` is a {@link CodedError}, of that code where one is given. */
export function isCoded(error: unknown, code?: ErrorCode): error is CodedError {
  return error instanceof CodedError && (code === undefined || error.code === code);
}

/** The error itself where it has a code, else `INTERNAL` with it as the cause. */
export function toCoded(error: unknown): CodedError {
  return isCoded(error) ? error : new CodedError('INTERNAL', { reason: describeError(error) }, error);
}

/** The error code that Node gave a failed system call (`ECONNREFUSED`) or TLS handshake, if it is such an error. */
export function systemErrorCode(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('code' in error)) return undefined;
  return typeof error.code === 'string' ? error.code : undefined;
}

/** One printable line about any thrown value, for logs and for `{reason}`. */
export function describeError(error: unknown): string {
  if (error instanceof AggregateError && error.message === '' && error.errors.length > 0) {
    return describeError(error.errors[0]);
  }
  return shorten(printable(error instanceof Error ? error.message : String(error)), LOG_LIMIT);
}

/** The arguments as one line of a message or log shows them: printable, and no text longer than `limit`. */
export function shownArguments(args: ErrorArguments, limit: number): Record<string, string | number> {
  const shown = Object.entries(args).map(([name, value]) => [
    name,
    typeof value === 'number' ? value : printable(value),
  ]);
  return shortened(Object.fromEntries(shown), limit);
}

function shortened(args: ErrorArguments, limit: number): Record<string, string | number> {
  const short = Object.entries(args).map(([name, value]) => [
    name,
    typeof value === 'number' || OWN_ARGUMENTS.has(name) ? value : shorten(value, limit),
  ]);
  return Object.fromEntries(short);
}

function fillPlaceholders(code: ErrorCode, args: ErrorArguments): string {
  // What is wrong with the command line is said in this program's own words.
  const shown = shownArguments(args, code === 'USAGE' ? LOG_LIMIT : MESSAGE_LIMIT);
  return ERROR_MESSAGES[code].replace(/\{(\w+)\}/g, (placeholder, name: string) => {
    const value = shown[name];
    return value === undefined ? placeholder : String(value);
  });
}
