import type { ErrorCode } from './errors.ts';

/** The change that can make a failed operation succeed. */
export type Recovery =
  /** Nothing: the same request would fail again. */
  | 'nothing'
  /**
   * Somebody creates the missing target again, or an object or port that the target needs. Operators, Helm and Skaffold
   * delete objects and create them again. If the forward has never worked, waiting for the target does not help,
   * because the request itself is probably wrong.
   */
  | 'target'
  /** The user gets the missing permission. */
  | 'permission'
  /** The user signs in to the cluster. */
  | 'credentials'
  /**
   * The user changes the settings or the kubeconfig. If the forward has worked before, reconnecting later may succeed
   * without such a change: another program may have been writing the kubeconfig when this program read it.
   */
  | 'settings'
  /**
   * The user changes the settings. If the forward has worked before, reconnecting later may succeed without such a
   * change: some networks intercept connections and present their own certificate until the user signs in to the
   * network.
   */
  | 'certificate'
  /** The server can be reached again. */
  | 'server'
  /** Time: the same request may succeed later. */
  | 'time';

/**
 * For each error code, the change that can make the operation succeed. This table decides whether a forward reconnects.
 * The type requires an entry for every error code.
 */
export const RECOVERY: Readonly<Record<ErrorCode, Recovery>> = {
  USAGE: 'nothing',
  INVALID_PORT: 'nothing',
  INVALID_TARGET: 'nothing',
  NAME_NOT_LOWER_CASE: 'nothing',
  INVALID_SELECTOR: 'nothing',
  DUPLICATE_LOCAL_PORT: 'nothing',
  UDP_NOT_SUPPORTED: 'nothing',
  INVALID_ADDRESS: 'nothing',
  PORT_IN_USE: 'nothing',
  PORT_NOT_PERMITTED: 'nothing',
  PORT_RESERVED: 'nothing',
  ADDRESS_NOT_AVAILABLE: 'nothing',
  KUBECONFIG_NOT_FOUND: 'settings',
  KUBECONFIG_UNREADABLE: 'settings',
  KUBECONFIG_INVALID: 'settings',
  NO_KUBECONFIG: 'settings',
  NO_CONTEXTS: 'settings',
  CONTEXT_NOT_FOUND: 'settings',
  CONTEXT_AMBIGUOUS: 'settings',
  NO_CURRENT_CONTEXT: 'settings',
  CLUSTER_NOT_FOUND: 'settings',
  USER_NOT_FOUND: 'settings',
  CREDENTIALS_FAILED: 'credentials',
  PLUGIN_NOT_ALLOWED: 'nothing',
  TOKEN_FILE_NOT_ALLOWED: 'nothing',
  UNREACHABLE: 'server',
  TLS: 'certificate',
  PROXY_FAILED: 'server',
  TIMED_OUT: 'server',
  UNAUTHORIZED: 'credentials',
  FORBIDDEN: 'permission',
  FORBIDDEN_CLUSTER_WIDE: 'permission',
  API_ERROR: 'time',
  TOO_LARGE: 'time',
  UNUSABLE_OBJECTS: 'time',
  UPGRADE_REFUSED: 'time',
  PROTOCOL: 'time',
  NAMESPACE_NOT_FOUND: 'target',
  POD_NOT_FOUND: 'target',
  TARGET_NOT_FOUND: 'target',
  PORT_NAME_NOT_FOUND: 'target',
  SERVICE_PORT_NOT_FOUND: 'target',
  SERVICE_WITHOUT_SELECTOR: 'target',
  SERVICE_IS_EXTERNAL: 'target',
  RESOURCE_TYPE_NOT_FOUND: 'target',
  NO_READY_POD: 'time',
  POD_NOT_RUNNING: 'time',
  POD_COMPLETED: 'target',
  POD_NOT_READY: 'time',
  POD_TAKEN_UNREADY: 'time',
  WAITING_FOR_POD: 'time',
  WAITING_FOR_READY_POD: 'time',
  WAITING_FOR_PODS: 'time',
  WAITING_FOR_FIRST_POD: 'time',
  POD_TERMINATING: 'target',
  TARGET_CHANGED: 'time',
  WAITING_FOR_TARGET: 'time',
  POD_GONE: 'time',
  CONTAINER_RESTARTED: 'time',
  LOST_CONNECTION: 'server',
  MACHINE_SLEPT: 'time',
  NOT_CONNECTED: 'time',
  LOST_CONNECTION_TO_SERVER: 'server',
  CONNECTION_FAILED: 'time',
  PORT_CLOSED: 'time',
  OUT_OF_FILES: 'time',
  STALLED: 'time',
  NAME_UNKNOWN: 'target',
  NAME_OUTSIDE: 'nothing',
  PORT_NOT_CHOSEN: 'nothing',
  NO_ENDPOINTS: 'time',
  REQUEST_REFUSED: 'nothing',
  OUTSIDE_UNREACHABLE: 'time',
  TOO_MANY_WAITING: 'time',
  STOPPED: 'time',
  HOST_FOLDER_UNSAFE: 'time',
  HOST_FOLDER_NOT_CREATED: 'time',
  HOST_FOLDER_TOO_LONG: 'time',
  HOST_NOT_STARTED: 'time',
  HOST_UNRESPONSIVE: 'time',
  HOST_NOT_PERMITTED: 'time',
  HOST_TOO_NEW: 'time',
  HOST_TOO_OLD: 'time',
  HOST_LOST: 'time',
  DEMO_NOT_STARTED: 'time',
  FORWARD_NOT_FOUND: 'time',
  FORWARD_IN_USE: 'time',
  ALREADY_RUNNING: 'time',
  FORWARD_UNKNOWN: 'time',
  FORWARD_AMBIGUOUS: 'time',
  FORWARD_NOT_READY: 'time',
  EXCHANGE_NOT_FOUND: 'nothing',
  REQUEST_LOG_OFF: 'nothing',
  VIEW_NOT_FOUND: 'time',
  VIEW_CLOSED: 'time',
  INTERNAL: 'time',
};
