/**
 * The ids of everything that package.json contributes, written once. A test holds them to package.json.
 * No imports: views, commands, tests and scripts share it.
 */

/** The part of package.json's name that VS Code puts before everything of this extension. */
export const EXTENSION_ID = 'kube-port-forward.kube-port-forward';

export const VIEW_CONTAINER = 'kubePortForward';
/** In the panel, beside VS Code's own Ports view. */
export const PANEL_CONTAINER = 'kubePortForwardRequests';

export const VIEWS = {
  clusters: 'kubePortForward.clusters',
  forwards: 'kubePortForward.forwards',
  /** Stands in for the others until the extension is activated. */
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
  showOutput: 'kubePortForward.showOutput',
  reportIssue: 'kubePortForward.reportIssue',
  saveForward: 'kubePortForward.saveForward',
  startSaved: 'kubePortForward.startSaved',
  startAllSaved: 'kubePortForward.startAllSaved',
  startSavedGroup: 'kubePortForward.startSavedGroup',
  deleteSaved: 'kubePortForward.deleteSaved',
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
  startDemoCluster: 'kubePortForward.startDemoCluster',
  stopDemoCluster: 'kubePortForward.stopDemoCluster',
} as const;

export const CONTEXT_KEYS = {
  /** Whether contexts were looked for and none was found: shows the welcome view. */
  hasNoClusters: 'kubePortForward.hasNoClusters',
  /** Whether the views have their data: before that VS Code would show their absence as an error. */
  isActivated: 'kubePortForward.isActivated',
  /** Whether it is known what is forwarded: before that nothing says that nothing is. */
  isLoaded: 'kubePortForward.isLoaded',
  /** Whether anything is forwarded: enables what acts on forwards. */
  hasForwards: 'kubePortForward.hasForwards',
  hasDemoCluster: 'kubePortForward.hasDemoCluster',
  /** Whether the settings have any: enables what acts on them. */
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
  /** Which notifications about forwards are shown. */
  readonly notifications: 'all' | 'errors' | 'none';
  readonly waitForTargetMinutes: number;
  readonly requireReady: boolean;
  /** What is logged of the requests that pass. Recording is never a setting. */
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
  notifications: { default: 'all', isRestricted: false },
  waitForTargetMinutes: { default: 10, isRestricted: false },
  requireReady: { default: false, isRestricted: false },
  requestLog: { default: 'off', isRestricted: false },
};

/** Type of the tasks that forward ports, and name of the problem matcher that reads what they print. */
export const TASK_TYPE = 'kubePortForward';

export const TOOLS = {
  listTargets: 'kubePortForward_listTargets',
  listForwards: 'kubePortForward_listForwards',
  startForward: 'kubePortForward_startForward',
  stopForward: 'kubePortForward_stopForward',
  listRequests: 'kubePortForward_listRequests',
} as const;

export const WALKTHROUGH = 'kubePortForward.getStarted';

/** Last part of the id of the status bar item. */
export const STATUS_BAR_ITEM = 'forwards';

/**
 * What the menus of package.json ask for of a row, as words of its `contextValue`:
 * `viewItem =~ /\bpod\b/`.
 */
export const ROW_FLAGS = {
  context: 'context',
  namespace: 'namespace',
  filtered: 'filtered',
  typed: 'typed',
  group: 'group',
  target: 'target',
  port: 'port',
  /** It can be forwarded. */
  forwardable: 'forwardable',
  forwarded: 'forwarded',
  /** A browser can show what its forward leads to. */
  http: 'http',
  severalPorts: 'severalPorts',
  error: 'error',
  kubeconfig: 'kubeconfig',
  showMore: 'showMore',
  message: 'message',
  forward: 'forward',
  bound: 'bound',
  /** It waits for a person to sign in. */
  signIn: 'signIn',
  running: 'running',
  failed: 'failed',
  detail: 'detail',
  saved: 'saved',
  savedGroup: 'savedGroup',
  /** It runs, or could, from an entry of the settings. */
  entry: 'entry',
  autoStart: 'autoStart',
  heldBack: 'heldBack',
  savedProblem: 'savedProblem',
  /** The requests that pass it are not logged. */
  logOff: 'logOff',
  /** They are logged or recorded. */
  logOn: 'logOn',
  /** They are not recorded. */
  recordOff: 'recordOff',
} as const;

export type RowFlag = (typeof ROW_FLAGS)[keyof typeof ROW_FLAGS];
