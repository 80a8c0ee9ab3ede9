/**
 * The ids of everything that package.json contributes, which a test compares with package.json. No imports: views, commands,
 * tests and scripts share this file.
 */

/** The part of package.json's name that VS Code puts before every id of this extension. */
export const EXTENSION_ID = 'kube-port-forward.kube-port-forward';

export const VIEW_CONTAINER = 'kubePortForward';
/** The container in the panel, beside VS Code's own Ports view. */
export const PANEL_CONTAINER = 'kubePortForwardRequests';

export const VIEWS = {
  clusters: 'kubePortForward.clusters',
  forwards: 'kubePortForward.forwards',
  /** Replaces the other views until the extension is activated. */
  loading: 'kubePortForward.loading',
  requests: 'kubePortForward.requests',
  traffic: 'kubePortForward.traffic',
} as const;

/** Written by `npm run generate` from src/ui/commands. */
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
  /** Whether contexts were looked for and none was found. Shows the welcome view. */
  hasNoClusters: 'kubePortForward.hasNoClusters',
  /** Whether the views have data providers. Until then VS Code would show an error in each view. */
  isActivated: 'kubePortForward.isActivated',
  /** Whether the forwards are known. Until then no view may say that there are none. */
  isLoaded: 'kubePortForward.isLoaded',
  /** Whether there are forwards. Enables commands for forwards. */
  hasForwards: 'kubePortForward.hasForwards',
  /** Whether services are forwarded by name. */
  hasNames: 'kubePortForward.hasNames',
  hasDemoCluster: 'kubePortForward.hasDemoCluster',
  /** Whether the settings have saved forwards. Enables commands for saved forwards. */
  hasSavedForwards: 'kubePortForward.hasSavedForwards',
  /** Whether the view of requests holds new rows back. */
  isRequestLogPaused: 'kubePortForward.isRequestLogPaused',
  /** Whether the view of requests stays at its end. */
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
  /** How long forwards outlive the last window. `not` is the former name of `never`. */
  readonly keepForwards: 'never' | 'not' | '30s' | '5m';
  readonly namespaces: readonly string[];
  /** Entries as somebody wrote them: read by `readEntries`. */
  readonly forwards: readonly unknown[];
  readonly stopForwardsAfterDebugging: boolean;
  /** The local port of namespaces that are forwarded by name, if it is free. */
  readonly proxyPort: number;
  /** The host in the URL that Open in Browser opens: `localhost`, or the name of the service below it. */
  readonly openInBrowserHost: 'localhost' | 'name';
  /** Which notifications about forwards are shown. */
  readonly notifications: 'all' | 'errors' | 'none';
  readonly waitForTargetMinutes: number;
  readonly requireReady: boolean;
  /** The log of the requests that pass. Recording is never a setting. */
  readonly requestLog: 'off' | 'metadata';
}

/** The settings with their defaults, and whether an untrusted workspace may set them. */
export const SETTINGS: {
  readonly [Name in keyof SettingTypes]: {
    readonly default: SettingTypes[Name];
    readonly isRestricted: boolean;
  };
} = {
  kubeconfigFiles: { default: [], isRestricted: true },
  bindAddress: { default: 'localhost', isRestricted: true },
  transport: { default: 'auto', isRestricted: false },
  keepForwards: { default: '30s', isRestricted: false },
  namespaces: { default: [], isRestricted: false },
  forwards: { default: [], isRestricted: true },
  stopForwardsAfterDebugging: { default: true, isRestricted: false },
  proxyPort: { default: 8900, isRestricted: false },
  openInBrowserHost: { default: 'localhost', isRestricted: false },
  notifications: { default: 'all', isRestricted: false },
  waitForTargetMinutes: { default: 10, isRestricted: false },
  requireReady: { default: false, isRestricted: false },
  requestLog: { default: 'off', isRestricted: false },
};

/** The type of tasks that forward ports, and the name of the problem matcher for their output. */
export const TASK_TYPE = 'kubePortForward';

/** Id of the terminal profile. */
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

/** Last part of the id of the status bar item. */
export const STATUS_BAR_ITEM = 'forwards';

/** The words of a row's `contextValue`, which the menus of package.json match: `viewItem =~ /\bpod\b/`. */
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
  /** The row can be forwarded. */
  forwardable: 'forwardable',
  forwarded: 'forwarded',
  /** A browser can show the forward. */
  http: 'http',
  severalPorts: 'severalPorts',
  error: 'error',
  kubeconfig: 'kubeconfig',
  /** A role would help. */
  forbidden: 'forbidden',
  showMore: 'showMore',
  message: 'message',
  forward: 'forward',
  bound: 'bound',
  /** Namespaces whose services are forwarded by name. */
  gateway: 'gateway',
  /** A service beneath them. */
  namedService: 'namedService',
  /** A service that can be reached by its name. */
  byName: 'byName',
  /** The forward waits for a person to sign in. */
  signIn: 'signIn',
  running: 'running',
  failed: 'failed',
  detail: 'detail',
  saved: 'saved',
  savedGroup: 'savedGroup',
  /** The row runs, or could run, from an entry of the settings. */
  entry: 'entry',
  autoStart: 'autoStart',
  heldBack: 'heldBack',
  savedProblem: 'savedProblem',
  /** The forward's requests are not logged. */
  logOff: 'logOff',
  /** The forward's requests are logged or recorded. */
  logOn: 'logOn',
  /** The forward's requests are not recorded. */
  recordOff: 'recordOff',
} as const;

export type RowFlag = (typeof ROW_FLAGS)[keyof typeof ROW_FLAGS];
