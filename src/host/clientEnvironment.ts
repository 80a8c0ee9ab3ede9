import { createHash } from 'node:crypto';
import { homedir } from 'node:os';

/** A client's environment variables. Kept in memory only: there may be secrets among them. */
export type Environment = Readonly<Record<string, string>>;

/** Variables of the editor's own: a plugin that is a Node or Electron program would behave as a part of it. */
const EDITOR_VARIABLE = /^(ELECTRON_.*|VSCODE_.*|NODE_OPTIONS)$/i;
/** What differs from shell to shell and makes nobody someone else. */
const VOLATILE_VARIABLE =
  /^(PWD|OLDPWD|SHLVL|_|TERM.*|COLORTERM|WINDOWID|XDG_ACTIVATION_TOKEN|DESKTOP_STARTUP_ID|GIT_ASKPASS|CHROME_DESKTOP)$/i;

/** The environment as forwards and plugins get it. */
export function cleanEnvironment(environment: Environment): Environment {
  return Object.fromEntries(Object.entries(environment).filter(([name]) => !EDITOR_VARIABLE.test(name)));
}

/** The same for environments that lead to the same clusters as the same users. A hash, which tells nothing. */
export function environmentKey(environment: Environment): string {
  const entries = Object.entries(cleanEnvironment(environment))
    .filter(([name]) => !VOLATILE_VARIABLE.test(name))
    .sort(([a], [b]) => (a < b ? -1 : 1));
  return createHash('sha256').update(JSON.stringify(entries)).digest('base64url');
}

/** Where the client's kubeconfig is looked for. */
export function homeOf(environment: Environment): string {
  const own = process.platform === 'win32' ? environment.USERPROFILE : environment.HOME;
  return own === undefined || own === '' ? homedir() : own;
}
