import { createHash } from 'node:crypto';
import { copyEnvironment } from '../base/environment.ts';

/** A client's environment variables. Kept in memory only: there may be secrets among them. */
export type Environment = Readonly<Record<string, string>>;

/** Variables of the editor's own: a plugin that is a Node or Electron program would behave as a part of it. */
const EDITOR_VARIABLE = /^(ELECTRON_.*|VSCODE_.*|NODE_OPTIONS)$/i;
/**
 * What differs from shell to shell and makes nobody someone else: where it is, its terminal and multiplexer, and the session
 * that it belongs to. Not the agent of SSH, which plugins may ask.
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
];
const VOLATILE_VARIABLE = new RegExp(`^(${VOLATILE_VARIABLES.join('|')})$`, 'i');

/** The environment as forwards and plugins get it. */
export function cleanEnvironment(environment: Environment): Environment {
  const entries = Object.entries(copyEnvironment(environment));
  return Object.fromEntries(entries.filter(([name]) => !EDITOR_VARIABLE.test(name)));
}

/** The same for environments that lead to the same clusters as the same users. A hash, which tells nothing. */
export function environmentKey(environment: Environment): string {
  const entries = Object.entries(cleanEnvironment(environment))
    .filter(([name]) => !VOLATILE_VARIABLE.test(name))
    .sort(([a], [b]) => (a < b ? -1 : 1));
  return createHash('sha256').update(JSON.stringify(entries)).digest('base64url');
}
