/**
 * Everything that package.json contributes to VS Code, by id: commands, views, settings with their defaults, and so on.
 * A test compares this file with package.json. This file has no imports, so that tests and scripts can load it without
 * VS Code.
 */

/** The id of this extension: the publisher and the name in package.json. */
export const EXTENSION_ID = 'kube-port-forward.kube-port-forward';

export const VIEW_CONTAINER = 'kubePortForward';
/** The id of the view container in the bottom panel of VS Code, which contains the views Requests and Traffic. */
export const PANEL_CONTAINER = 'kubePortForwardRequests';

export const VIEWS = {
  clusters: 'kubePortForward.clusters',
  forwards: 'kubePortForward.forwards',
  /** Shown instead of the views Clusters and Forwards until the extension is activated. */
  loading: 'kubePortForward.loading',
  requests: 'kubePortForward.requests',
  traffic: 'kubePortForward.traffic',
} as const;

/** Do not edit these ids here: `npm run generate` writes them, from the commands in `src/ui/commands`. */
export const COMMANDS = {
  forwardPort: 'kubePortForward.forwardPort',
  forwardTarget: 'kubePortForward.forwardTarget',
  forwardAllPorts: 'kubePortForward.forwardAllPorts',
  forwardOtherPort: 'kubePortForward.forwardOtherPort',
  forwardKubernetesResource: 'kubePortForward.forwardKubernetesResource',
  refreshClusters: 'kubePortForward.refreshClusters',
  refreshNode: 'kubePortForward.refreshNode',
  retry: 'kubePortForward.retry',
  copyRole: 'kubePortForward.copyRole',
  showMore: 'kubePortForward.showMore',
  filter: 'kubePortForward.filter',
  clearFilter: 'kubePortForward.clearFilter',
  copyName: 'kubePortForward.copyName',
  showNamespace: 'kubePortForward.showNamespace',
  hideNamespace: 'kubePortForward.hideNamespace',
  chooseKubeconfig: 'kubePortForward.chooseKubeconfig',
  openKubeconfig: 'kubePortForward.openKubeconfig',
  openInBrowser: 'kubePortForward.openInBrowser',
  copyLocalAddress: 'kubePortForward.copyLocalAddress',
  stopForward: 'kubePortForward.stopForward',
  removeForward: 'kubePortForward.removeForward',
  restartForward: 'kubePortForward.restartForward',
  signIn: 'kubePortForward.signIn',
  changeLocalPort: 'kubePortForward.changeLocalPort',
  setLabel: 'kubePortForward.setLabel',
  showForwards: 'kubePortForward.showForwards',
  stopAllForwards: 'kubePortForward.stopAllForwards',
  forwardByName: 'kubePortForward.forwardByName',
  openByName: 'kubePortForward.openByName',
  copyUrl: 'kubePortForward.copyUrl',
  copyProxySettings: 'kubePortForward.copyProxySettings',
  showOutput: 'kubePortForward.showOutput',
  reportIssue: 'kubePortForward.reportIssue',
  saveForward: 'kubePortForward.saveForward',
  startSaved: 'kubePortForward.startSaved',
  startAllSaved: 'kubePortForward.startAllSaved',
  startSavedGroup: 'kubePortForward.startSavedGroup',
  deleteSaved: 'kubePortForward.deleteSaved',
  deleteRunningSaved: 'kubePortForward.deleteRunningSaved',
  editSaved: 'kubePortForward.editSaved',
  setGroup: 'kubePortForward.setGroup',
  startAutomatically: 'kubePortForward.startAutomatically',
  startByHand: 'kubePortForward.startByHand',
  importSaved: 'kubePortForward.importSaved',
  exportSaved: 'kubePortForward.exportSaved',
  logRequests: 'kubePortForward.logRequests',
  recordRequests: 'kubePortForward.recordRequests',
  stopRequestLog: 'kubePortForward.stopRequestLog',
  clearRequests: 'kubePortForward.clearRequests',
  pauseRequests: 'kubePortForward.pauseRequests',
  resumeRequests: 'kubePortForward.resumeRequests',
  followRequests: 'kubePortForward.followRequests',
  unfollowRequests: 'kubePortForward.unfollowRequests',
  openRequest: 'kubePortForward.openRequest',
  openRequestBody: 'kubePortForward.openRequestBody',
  openResponseBody: 'kubePortForward.openResponseBody',
  copyAsCurl: 'kubePortForward.copyAsCurl',
  replayRequest: 'kubePortForward.replayRequest',
  saveAsHar: 'kubePortForward.saveAsHar',
  showTrafficOfMinutes: 'kubePortForward.showTrafficOfMinutes',
  showTrafficOfHour: 'kubePortForward.showTrafficOfHour',
  envFile: 'kubePortForward.envFile',
  startDemoCluster: 'kubePortForward.startDemoCluster',
  stopDemoCluster: 'kubePortForward.stopDemoCluster',
} as const;

export const CONTEXT_KEYS = {
  /** True if the kubeconfigs were read and contain no contexts. The Clusters view then shows its welcome text. */
  hasNoClusters: 'kubePortForward.hasNoClusters',
  /**
   * True once the extension is activated and has registered the data providers of its views. Until then package.json
   * hides the views, because VS Code shows an error in a view without a data provider.
   */
  isActivated: 'kubePortForward.isActivated',
  /**
   * True once the list of forwards is known. Until then the Forwards view does not show its welcome text, which says
   * that there are no forwards.
   */
  isLoaded: 'kubePortForward.isLoaded',
  /** True if there are forwards or gateways. Enables the commands that act on a forward or gateway, such as Stop. */
  hasForwards: 'kubePortForward.hasForwards',
  /** True if there is a gateway. Enables the commands that need a gateway, such as Copy URL of a service. */
  hasNames: 'kubePortForward.hasNames',
  hasDemoCluster: 'kubePortForward.hasDemoCluster',
  /** True if the settings contain saved forwards. Enables the commands for saved forwards. */
  hasSavedForwards: 'kubePortForward.hasSavedForwards',
  /** True while the Requests view is paused. A paused view does not show new requests. */
  isRequestLogPaused: 'kubePortForward.isRequestLogPaused',
  /** True while the Requests view scrolls to each new request automatically. */
  isRequestLogFollowed: 'kubePortForward.isRequestLogFollowed',
  showsTrafficOfHour: 'kubePortForward.showsTrafficOfHour',
} as const;

export type ContextKey = (typeof CONTEXT_KEYS)[keyof typeof CONTEXT_KEYS];

export const SETTINGS_SECTION = 'kubePortForward';

/** Each setting with the type of its value. */
export interface SettingTypes {
  readonly kubeconfigFiles: readonly string[];
  readonly bindAddress: string;
  readonly transport: 'auto' | 'spdy' | 'websocket' | 'channel';
  /** How long forwards keep running after the last window closes. `not` is the former name of `never`. */
  readonly keepForwards: 'never' | 'not' | '30s' | '5m';
  readonly namespaces: readonly string[];
  /** The saved forwards. The type is `unknown` because users edit them by hand: `readEntries` validates them. */
  readonly forwards: readonly unknown[];
  readonly stopForwardsAfterDebugging: boolean;
  /** The preferred local port of gateways. If the port is in use, the gateway uses another port. */
  readonly proxyPort: number;
  /** The host name in URLs that Open in Browser opens: `localhost`, or a name such as `web.demo.localhost`. */
  readonly openInBrowserHost: 'localhost' | 'name';
  /** Which notifications about forwards are shown. */
  readonly notifications: 'all' | 'errors' | 'none';
  readonly waitForTargetMinutes: number;
  readonly requireReady: boolean;
  /**
   * The mode of the request log of new forwards. There is no value for recording, because a recording contains headers
   * and bodies, and must not begin without the user's knowledge.
   */
  readonly requestLog: 'off' | 'metadata';
}

/** The settings and their defaults. */
export const SETTINGS: {
  readonly [Name in keyof SettingTypes]: {
    readonly default: SettingTypes[Name];
    /** All valid values. Optional, default: every value of the type is valid. */
    readonly values?: readonly SettingTypes[Name][];
  };
} = {
  kubeconfigFiles: { default: [] },
  bindAddress: { default: 'localhost' },
  transport: { default: 'auto', values: ['auto', 'spdy', 'websocket', 'channel'] },
  keepForwards: { default: '30s', values: ['never', 'not', '30s', '5m'] },
  namespaces: { default: [] },
  forwards: { default: [] },
  stopForwardsAfterDebugging: { default: true },
  proxyPort: { default: 8900 },
  openInBrowserHost: { default: 'localhost', values: ['localhost', 'name'] },
  notifications: { default: 'all', values: ['all', 'errors', 'none'] },
  waitForTargetMinutes: { default: 10 },
  requireReady: { default: false },
  requestLog: { default: 'off', values: ['off', 'metadata'] },
};

/**
 * The restricted settings: VS Code ignores their values in the settings of a workspace until the user trusts the
 * workspace.
 */
export const RESTRICTED_SETTINGS: readonly (keyof SettingTypes)[] = [
  'kubeconfigFiles',
  'bindAddress',
  'forwards',
];

/** The type of tasks that forward ports, and the name of the problem matcher for their output. */
export const TASK_TYPE = 'kubePortForward';
/** The default of the field `timeoutSeconds` of a task. */
export const TASK_TIMEOUT_S = 60;

/** Id of the profile for terminals in which programs reach the services of a namespace by name. */
export const TERMINAL_PROFILE = 'kubePortForward.namespace';

export const TOOLS = {
  listTargets: 'kubePortForward_listTargets',
  listForwards: 'kubePortForward_listForwards',
  startForward: 'kubePortForward_startForward',
  stopForward: 'kubePortForward_stopForward',
  listRequests: 'kubePortForward_listRequests',
  listNames: 'kubePortForward_listNames',
  openNamespace: 'kubePortForward_openNamespace',
} as const;

export const WALKTHROUGH = 'kubePortForward.getStarted';

/**
 * The id that this extension gives its status bar item. For VS Code, the full id is
 * `kube-port-forward.kube-port-forward.forwards`: the id of the extension, a dot and this id.
 */
export const STATUS_BAR_ITEM = 'forwards';

/**
 * The `contextValue` of a tree row consists of some of these words. A menu entry in package.json appears on the rows
 * whose `contextValue` contains the word in its `when` clause: `viewItem =~ /\btarget\b/`.
 */
export const ROW_FLAGS = {
  context: 'context',
  namespace: 'namespace',
  filtered: 'filtered',
  typed: 'typed',
  /** A namespace whose services are forwarded by name. */
  namesOpen: 'namesOpen',
  group: 'group',
  target: 'target',
  port: 'port',
  /** The target or port of the row can be forwarded. */
  forwardable: 'forwardable',
  forwarded: 'forwarded',
  /** The forwarded port probably serves web pages, so the row offers Open in Browser first. */
  http: 'http',
  severalPorts: 'severalPorts',
  error: 'error',
  kubeconfig: 'kubeconfig',
  /** The row shows the error that the user lacks a permission. The row offers Copy Role. */
  forbidden: 'forbidden',
  showMore: 'showMore',
  message: 'message',
  forward: 'forward',
  bound: 'bound',
  /** The row of a gateway. */
  gateway: 'gateway',
  /** The row of a service, below its gateway. */
  namedService: 'namedService',
  /** A service that a browser can reach by its name, through a gateway. */
  byName: 'byName',
  /** The forward or gateway cannot continue until the user signs in. */
  signIn: 'signIn',
  running: 'running',
  failed: 'failed',
  detail: 'detail',
  saved: 'saved',
  savedGroup: 'savedGroup',
  /** The row of a saved forward, or of a running forward or gateway that matches a saved forward. */
  entry: 'entry',
  autoStart: 'autoStart',
  heldBack: 'heldBack',
  savedProblem: 'savedProblem',
  /** The requests of the forward, gateway or service are not logged. */
  logOff: 'logOff',
  /** The requests of the forward, gateway or service are logged or recorded. */
  logOn: 'logOn',
  /**
   * The requests of the forward, gateway or service are not recorded: they are not logged, or logged without bodies.
   */
  recordOff: 'recordOff',
} as const;

export type RowFlag = (typeof ROW_FLAGS)[keyof typeof ROW_FLAGS];
