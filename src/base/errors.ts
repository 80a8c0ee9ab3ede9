import { LOG_LIMIT, MESSAGE_LIMIT, shorten, shortPrintable } from './text.ts';

/** Values for the `{placeholders}` in an error's message. They never contain a credential. */
export type ErrorArguments = Readonly<Record<string, string | number>>;

/**
 * Every error that a user can see: its code, and an English sentence that says what to do. A VS Code window shows a
 * translation of the sentence. The window finds the translation by the code, and fills in the arguments of the error.
 * docs/troubleshooting.md lists the codes.
 */
export const ERROR_MESSAGES = {
  // Errors in the user's request
  USAGE: '{reason}',
  INVALID_PORT:
    'invalid port "{text}": use REMOTE or LOCAL:REMOTE, each from 1 to 65535 (LOCAL can be 0 or empty for any free port)',
  INVALID_TARGET: 'invalid target "{text}": use NAME or TYPE/NAME, where TYPE is {types}',
  NAME_NOT_LOWER_CASE: 'invalid name "{name}": Kubernetes names are lowercase, use "{suggestion}"',
  INVALID_SELECTOR: 'invalid label selector "{text}": use a selector such as app=web,tier!=db',
  DUPLICATE_LOCAL_PORT: 'local port {port} is used twice: use a different local port for each pair',
  UDP_NOT_SUPPORTED: 'port {port} of {target} uses UDP: Kubernetes forwards only TCP, choose a TCP port',
  INVALID_ADDRESS: 'invalid address "{address}": use localhost or an IP address of this machine',

  // Errors of the local ports and addresses
  PORT_IN_USE:
    'port {port} on {address} is in use by {holder}: stop it or use another local port, for example {suggestion}',
  PORT_NOT_PERMITTED:
    'no permission to listen on port {port} on {address}: use a local port above 1023, for example {suggestion}',
  PORT_RESERVED:
    'Windows reserves port {port} on {address} ({range}, for example for Hyper-V, WSL or Docker): use another local port, for example {suggestion}',
  ADDRESS_NOT_AVAILABLE:
    'address {address} is not assigned to this machine: use localhost or one of its IP addresses',

  // Errors of kubeconfigs and credentials
  KUBECONFIG_NOT_FOUND: 'kubeconfig {path} not found: check --kubeconfig or KUBECONFIG',
  KUBECONFIG_UNREADABLE: 'cannot read kubeconfig {path} ({reason}): check the path and its permissions',
  KUBECONFIG_INVALID: 'invalid kubeconfig {path}, line {line}: {reason}',
  NO_KUBECONFIG: 'no kubeconfig found: set KUBECONFIG, use --kubeconfig, or create {path}',
  NO_CONTEXTS: 'kubeconfig {path} has no contexts: choose another one',
  CONTEXT_NOT_FOUND: 'context "{context}" not found; available: {known}',
  CONTEXT_AMBIGUOUS: 'several kubeconfigs have a context "{context}": rename it in one of {files}',
  NO_CURRENT_CONTEXT: 'no current context is set: use --context; available: {known}',
  CLUSTER_NOT_FOUND: 'cluster "{cluster}" not found; available: {known}',
  USER_NOT_FOUND: 'user "{user}" not found; available: {known}',
  CREDENTIALS_FAILED: 'cannot get credentials for user "{user}": {reason}',
  PLUGIN_NOT_ALLOWED:
    'a kubeconfig in this workspace runs the program {command} for context "{context}": try again and allow the program',
  TOKEN_FILE_NOT_ALLOWED:
    'a kubeconfig in this workspace sends the content of {file} to the server of context "{context}": try again and allow the file',

  // Errors of the API server and of the connection to it
  UNREACHABLE:
    'cannot reach {server} ({reason}): check the network, the VPN, and the address in the kubeconfig',
  TLS: 'the connection to {server} is not secure ({reason}): check the certificate and certificate-authority in the kubeconfig',
  PROXY_FAILED: 'proxy {proxy} cannot connect to {server} ({reason}): check proxy-url or HTTPS_PROXY',
  TIMED_OUT: '{server} did not respond within {seconds} s: check the network or try again',
  UNAUTHORIZED: '{server} rejected the credentials of user "{user}" (401): sign in again',
  FORBIDDEN:
    'user "{user}" cannot {verb} {resource} in namespace "{namespace}" ({reason}): ask your administrator for a role with {rule}',
  FORBIDDEN_CLUSTER_WIDE:
    'user "{user}" cannot {verb} {resource} at the cluster scope ({reason}): ask your administrator for a cluster role with {rule}',
  API_ERROR: '{server} returned {status}: {reason}',
  TOO_LARGE:
    'the response from {server} is too large ({reason}): choose a namespace with fewer objects or enter the name of the target',
  UNUSABLE_OBJECTS: '{server} returned objects without a valid name, which are not shown ({count})',
  UPGRADE_REFUSED: '{server} rejected the {transport} transport ({status}: {reason})',
  PROTOCOL: '{protocol} protocol error ({reason})',

  // Errors and states of the target
  NAMESPACE_NOT_FOUND: 'namespace "{namespace}" not found: check its name',
  POD_NOT_FOUND: 'pod "{name}" not found in namespace "{namespace}": check the name and -n',
  TARGET_NOT_FOUND: '{kind} "{name}" not found in namespace "{namespace}": check the name and -n',
  PORT_NAME_NOT_FOUND: '{target} has no port named "{port}"; available: {known}',
  SERVICE_PORT_NOT_FOUND: '{target} has no port {port}; available: {known}',
  SERVICE_WITHOUT_SELECTOR:
    'service "{name}" has no selector: forward to a pod instead (to see its endpoints, run kubectl get endpointslices -n {namespace} -l kubernetes.io/service-name={name})',
  SERVICE_IS_EXTERNAL:
    'service "{name}" has the type ExternalName and no pods: connect to {externalName} directly or forward to a pod that can reach it',
  RESOURCE_TYPE_NOT_FOUND: '{server} has no resource type "{resource}": check the type of the target',
  NO_READY_POD:
    '{target} has no ready pod after {seconds} s: check its pods with kubectl get pods -n {namespace}, or increase --pod-running-timeout',
  POD_NOT_RUNNING:
    'pod "{name}" is still {phase} after {seconds} s: check it with kubectl describe pod {name} -n {namespace}, or increase --pod-running-timeout',
  POD_COMPLETED: 'pod "{name}" is not running ({phase}): choose a running pod',
  POD_NOT_READY: 'pod "{name}" is not ready: it may refuse connections',
  POD_TAKEN_UNREADY: 'pod "{name}" is not ready; forwarding anyway',
  WAITING_FOR_POD: 'pod "{name}" is {phase}',
  WAITING_FOR_READY_POD: 'pod "{name}" is not ready yet',
  WAITING_FOR_PODS: '{target} has no ready pod yet ({pods})',
  WAITING_FOR_FIRST_POD: '{target} has no pods yet',
  POD_TERMINATING: 'pod "{name}" is terminating',
  TARGET_CHANGED: '{name} changed: new connections go to its current pods',
  WAITING_FOR_TARGET: 'waiting for {target} to come back',
  POD_GONE: 'pod "{name}" no longer exists',
  CONTAINER_RESTARTED: 'a container in pod "{name}" restarted',

  // Errors of a forward or of one connection through it
  LOST_CONNECTION: 'lost connection to pod "{name}" ({reason})',
  MACHINE_SLEPT: 'this machine was asleep: checking the connection',
  NOT_CONNECTED: 'could not connect to a pod within {seconds} s',
  LOST_CONNECTION_TO_SERVER: 'lost connection to the API server ({reason})',
  CONNECTION_FAILED: '{reason}',
  PORT_CLOSED: 'nothing listens on port {port} in pod {name} ({reason})',
  OUT_OF_FILES:
    'too many open files, so new connections are reset: close some connections or raise the limit of open files',
  STALLED: 'the connection stalled for {seconds} s while others waited for its tunnel',
  STOPPED: 'stopped',

  // Errors of gateways, through which services are reached by name
  NAME_UNKNOWN: 'service or pod "{name}" not found in namespace {namespaces}; available: {known}',
  NAME_OUTSIDE: '"{name}" is outside the namespaces of this proxy ({namespaces})',
  PORT_NOT_CHOSEN: '{target} needs a port: use {known}',
  NO_ENDPOINTS: '{target} in namespace {namespace} has no ready pod',
  REQUEST_REFUSED: 'request refused: {reason}',
  OUTSIDE_UNREACHABLE: 'cannot reach {server} ({reason}): check the network, the VPN and http_proxy',
  TOO_MANY_WAITING:
    '{limit} connections wait for a pod, another server or a request, so new ones are reset: close some or check the pods',

  // Errors of the forward host
  HOST_FOLDER_UNSAFE:
    'cannot use {path} for the background process ({reason}): replace it with a folder that only you can access',
  HOST_FOLDER_NOT_CREATED:
    'cannot create the folder {path} for the background process ({reason}): check the permissions and the free space',
  HOST_FOLDER_TOO_LONG:
    'the path {path} is too long for the socket of the background process: use a home folder with a shorter path',
  HOST_NOT_STARTED: 'the background process did not start ({reason}): try again',
  HOST_UNRESPONSIVE: 'the background process (PID {processId}) is not responding: end it and try again',
  HOST_NOT_PERMITTED:
    'the background process (PID {processId}) runs as administrator: end it or run this program as administrator too',
  HOST_TOO_NEW:
    'the background process (PID {processId}) has the newer version {version}: reload the window or update this program',
  HOST_TOO_OLD:
    'the background process (PID {processId}) has the older version {version}: start a forward with --detach to move its forwards to this version, or end it',
  HOST_LOST: 'the background process ended unexpectedly',
  DEMO_NOT_STARTED: 'the demo cluster did not start ({reason}): try again',
  FORWARD_NOT_FOUND: 'forward "{id}" no longer exists',
  FORWARD_IN_USE: '{forward} is in use by {users}: ask the user to stop it',
  ALREADY_RUNNING: '{name} is already running {difference}: remove {option}, or stop it first',
  FORWARD_UNKNOWN: 'forward "{name}" not found: see kube-port-forward list',
  FORWARD_AMBIGUOUS:
    '"{name}" matches forwards {places}: choose one with -n, --context or --kubeconfig, or by its address in kube-port-forward list',
  FORWARD_NOT_READY:
    'the forward to {target} is not ready after {seconds} s: try again later or increase --pod-running-timeout',
  EXCHANGE_NOT_FOUND: 'request {id} was not recorded or is no longer kept',
  REQUEST_LOG_OFF:
    'the request log of {forward} is off: add --follow to turn it on, or start the forward with --log-requests',
  VIEW_NOT_FOUND: 'view {viewId} not found',
  VIEW_CLOSED: 'the background process ended {count} times while loading "{context}": refresh to try again',
  INTERNAL: 'internal error (please report): {reason}',
} as const satisfies Record<string, string>;

/** The code of an error, for programs. `ERROR_MESSAGES` contains a sentence for each code. */
export type ErrorCode = keyof typeof ERROR_MESSAGES;

/**
 * Arguments that are never shortened, because they do not come from a peer (such as an API server or a pod). They are
 * the user's own input, paths, and the list of target types.
 */
const OWN_ARGUMENTS: ReadonlySet<string> = new Set(['path', 'text', 'types']);
/**
 * The argument that lists possible values, such as the known contexts. The list may be longer than other texts from a
 * peer, because the user chooses from it.
 */
const LIST_ARGUMENT = 'known';

/**
 * An error with a code for programs, arguments for translation, and a message for people. Texts from a peer (such as an
 * API server or a pod) are shortened: to 2,000 characters in the arguments and to 300 in the message. Lists of possible
 * values may have 2,000 characters in both.
 */
export class CodedError extends Error {
  readonly code: ErrorCode;
  readonly arguments: ErrorArguments;

  constructor(code: ErrorCode, args: ErrorArguments = {}, cause?: unknown) {
    super(fillPlaceholders(code, args), cause === undefined ? undefined : { cause });
    this.name = 'CodedError';
    this.code = code;
    this.arguments = mapTexts(args, LOG_LIMIT, shorten);
  }
}

/** Returns the error for wrong input, of which the reason says what is wrong. */
export function usage(reason: string, cause?: unknown): CodedError {
  return new CodedError('USAGE', { reason }, cause);
}

const PORT_CODES: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'PORT_IN_USE',
  'PORT_NOT_PERMITTED',
  'PORT_RESERVED',
]);

/**
 * Returns whether the user can avoid the error by choosing another local port. The argument `suggestion` of such an
 * error is a free port.
 */
export function isPortProblem(code: ErrorCode): boolean {
  return PORT_CODES.has(code);
}

/** Returns whether signing in again may help: the server rejected the credentials, or there are no credentials. */
export function isSignInProblem(code: ErrorCode | undefined): boolean {
  return code === 'UNAUTHORIZED' || code === 'CREDENTIALS_FAILED';
}

/**
 * Returns whether a kubeconfig of the workspace needs the user's permission to sign in to the cluster, and the user has
 * not given it.
 */
export function isPermissionProblem(code: ErrorCode | undefined): boolean {
  return code === 'PLUGIN_NOT_ALLOWED' || code === 'TOKEN_FILE_NOT_ALLOWED';
}

/** Returns true if `error` is a {@link CodedError}. If `code` is given, the error must also have this code. */
export function isCoded(error: unknown, code?: ErrorCode): error is CodedError {
  return error instanceof CodedError && (code === undefined || error.code === code);
}

/**
 * Returns the error itself if it is a {@link CodedError}, or else an `INTERNAL` error with the original error as its
 * cause.
 */
export function toCoded(error: unknown): CodedError {
  return isCoded(error) ? error : new CodedError('INTERNAL', { reason: describeError(error) }, error);
}

/** Returns Node's code of a failed system call (`ECONNREFUSED`) or TLS handshake; undefined for other errors. */
export function systemErrorCode(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('code' in error)) return undefined;
  return typeof error.code === 'string' ? error.code : undefined;
}

/** Describes any thrown value in one printable line, for logs and for the placeholder `{reason}` in error messages. */
export function describeError(error: unknown): string {
  if (error instanceof AggregateError && error.message === '' && error.errors.length > 0) {
    return describeError(error.errors[0]);
  }
  return shortPrintable(error instanceof Error ? error.message : String(error), LOG_LIMIT);
}

/**
 * Returns the arguments for one line of a message or log, with printable characters only. Shortens texts to `limit`
 * characters, and the list of possible values to {@link LOG_LIMIT}. Does not shorten {@link OWN_ARGUMENTS}.
 */
export function shownArguments(args: ErrorArguments, limit: number): Record<string, string | number> {
  return mapTexts(args, limit, shortPrintable);
}

function mapTexts(
  args: ErrorArguments,
  limit: number,
  change: (text: string, limit: number) => string,
): Record<string, string | number> {
  const changed = Object.entries(args).map(([name, value]) => [
    name,
    typeof value === 'number' ? value : change(value, limitOf(name, limit)),
  ]);
  return Object.fromEntries(changed);
}

function limitOf(name: string, limit: number): number {
  if (OWN_ARGUMENTS.has(name)) return Number.POSITIVE_INFINITY;
  return name === LIST_ARGUMENT ? LOG_LIMIT : limit;
}

function fillPlaceholders(code: ErrorCode, args: ErrorArguments): string {
  // The argument `reason` of a USAGE error comes from this program and not from a peer (such as an API server), so it
  // may be longer than MESSAGE_LIMIT.
  const shown = shownArguments(args, code === 'USAGE' ? LOG_LIMIT : MESSAGE_LIMIT);
  return ERROR_MESSAGES[code].replace(/\{(\w+)\}/g, (placeholder, name: string) => {
    const value = shown[name];
    return value === undefined ? placeholder : String(value);
  });
}
