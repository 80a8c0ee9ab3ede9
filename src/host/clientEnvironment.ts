import { createHash } from 'node:crypto';
import { delimiter } from 'node:path';
import { copyEnvironment } from '../base/environment.ts';
import { withoutProxyVariables } from '../gateway/variables.ts';

/** The environment variables of a client. The host keeps them in memory only, because they may contain secrets. */
export type Environment = Readonly<Record<string, string>>;

/**
 * Variables that VS Code sets for its own processes, such as ELECTRON_RUN_AS_NODE. {@link cleanEnvironment} removes
 * them, because they would change the behavior of plugins that are Node or Electron programs.
 */
const EDITOR_VARIABLE = /^(ELECTRON_.*|VSCODE_.*|NODE_OPTIONS)$/i;
/**
 * Variables that differ between shells, but affect neither how a cluster is reached nor the credentials. {@link
 * environmentKey} ignores them, so that all shells of a user share the access to clusters. SSH_AUTH_SOCK is not in the
 * list, because plugins may use the SSH agent.
 */
const VOLATILE_VARIABLES = [
  'PWD|OLDPWD|SHLVL|_|COLUMNS|LINES|INSIDE_EMACS|GPG_TTY',
  'TERM.*|COLORTERM|COLORFGBG|LC_TERMINAL.*|VTE_VERSION',
  'TMUX|TMUX_.*|STY|WINDOW|ZELLIJ|ZELLIJ_.*',
  'ITERM_.*|KITTY_.*|WEZTERM_.*|ALACRITTY_.*|GHOSTTY_.*|GNOME_TERMINAL_.*|KONSOLE_.*|TILIX_ID|PTYXIS_.*',
  'WT_SESSION|WT_PROFILE_ID|ConEmu.*|SESSIONNAME',
  'SSH_CLIENT|SSH_CONNECTION|SSH_TTY|XDG_SESSION_.*|XDG_VTNR|XDG_SEAT',
  'WINDOWID|XDG_ACTIVATION_TOKEN|DESKTOP_STARTUP_ID|GIT_ASKPASS|CHROME_DESKTOP',
  'SYSTEMD_EXEC_PID|INVOCATION_ID|JOURNAL_STREAM|MANAGERPID',
  // The variables of this extension. They are ignored, because some of them exist only in the terminals of VS Code.
  'KUBE_PORT_FORWARD_.*',
  // Windows: variables of cmd, PowerShell and their starters. `=.*` matches `=C:`, the working folder of drive C.
  'PSModulePath|PSExecutionPolicyPreference|POWERSHELL_.*|PATHEXT|PROMPT|COMSPEC|__COMPAT_LAYER|=.*',
  'WSLENV|CLINK_.*|CMDER_.*|ChocolateyLastPathUpdate|FPS_BROWSER_.*|EFC_.*|__PSLockDownPolicy',
  // macOS: variables of launchd and of the application that started the program.
  '__CF.*|XPC_SERVICE_NAME|XPC_FLAGS|SECURITYSESSIONID|COMMAND_MODE|MallocNanoZone|LaunchInstanceID',
  'SHELL_SESSION_.*|Apple_PubSub_Socket_Render|OSLogRateLimit|OS_ACTIVITY_.*',
  // Linux: variables that a desktop sets when it starts an application. Only terminals in that application inherit
  // them.
  'GIO_LAUNCHED_DESKTOP_FILE.*|BAMF_DESKTOP_FILE_HINT|NO_AT_BRIDGE|ORIGINAL_XDG_CURRENT_DESKTOP',
];
const VOLATILE_VARIABLE = new RegExp(`^(${VOLATILE_VARIABLES.join('|')})$`, 'i');

/**
 * Returns the environment without the variables that VS Code sets for its own processes. Also restores the proxy
 * variables that the command `proxy` has changed in a shell, because forwards and gateways that the user starts in this
 * shell must not connect through the gateway of `proxy`.
 */
export function cleanEnvironment(environment: Environment): Environment {
  const entries = Object.entries(withoutProxyVariables(copyEnvironment(environment)));
  return Object.fromEntries(entries.filter(([name]) => !EDITOR_VARIABLE.test(name)));
}

/**
 * Returns a hash of an environment. The hash does not depend on the variables that {@link cleanEnvironment} removes, on
 * {@link VOLATILE_VARIABLES}, or on {@link OWN_FOLDER} in PATH. Clients with equal hashes share the access to clusters,
 * including credentials. The hash does not reveal the values.
 */
export function environmentKey(environment: Environment): string {
  const entries = Object.entries(cleanEnvironment(environment))
    .filter(([name]) => !VOLATILE_VARIABLE.test(name))
    .map(([name, value]) => [name, name === 'PATH' ? withoutOwnFolder(value) : value] as const)
    .sort(([a], [b]) => (a < b ? -1 : 1));
  return createHash('sha256').update(JSON.stringify(entries)).digest('base64url');
}

/**
 * Matches the folder of this extension's terminal command. VS Code adds the folder to PATH in its terminals only.
 * {@link environmentKey} ignores the folder, so that a VS Code window and the terminals in it have the same hash.
 */
const OWN_FOLDER = /[\\/][^\\/]*kube-port-forward[^\\/]*[\\/]bin[\\/]?$/;

function withoutOwnFolder(path: string): string {
  const folders = path.split(delimiter).filter((folder) => folder !== '' && !OWN_FOLDER.test(folder));
  return folders.join(delimiter);
}
