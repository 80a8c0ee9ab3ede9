import assert from 'node:assert/strict';
import { delimiter } from 'node:path';
import { test } from 'node:test';
import { defined } from '../../../src/base/defined.ts';
import { proxyVariables } from '../../../src/gateway/variables.ts';
import { cleanEnvironment, environmentKey } from '../../../src/host/clientEnvironment.ts';

const BASE = { HOME: '/home/jane', PATH: '/bin', KUBECONFIG: '/home/jane/config' };

const FROM_TERMINAL_TO_TERMINAL =
  'TMUX TMUX_PANE STY WINDOW SSH_CLIENT SSH_CONNECTION SSH_TTY XDG_SESSION_ID XDG_VTNR TERM TERM_SESSION_ID ' +
  'TERM_PROGRAM TERMINATOR_UUID COLORTERM ITERM_SESSION_ID KITTY_WINDOW_ID KITTY_PID WEZTERM_PANE ALACRITTY_WINDOW_ID ' +
  'WT_SESSION WINDOWID GNOME_TERMINAL_SCREEN KONSOLE_DBUS_SESSION TILIX_ID ZELLIJ_PANE_ID GPG_TTY JOURNAL_STREAM ' +
  'COLUMNS LINES SHLVL PWD OLDPWD _ ' +
  'PSModulePath PATHEXT PROMPT PSExecutionPolicyPreference POWERSHELL_DISTRIBUTION_CHANNEL =C: ComSpec ' +
  '__CFBundleIdentifier __CF_USER_TEXT_ENCODING XPC_SERVICE_NAME XPC_FLAGS SHELL_SESSION_DIR MallocNanoZone';

test('the same user in another terminal is the same user', () => {
  for (const name of FROM_TERMINAL_TO_TERMINAL.split(' ')) {
    assert.equal(environmentKey({ ...BASE, [name]: 'other' }), environmentKey(BASE), name);
  }
  const { KUBECONFIG, PATH, HOME } = BASE;
  assert.equal(
    environmentKey({ PATH, KUBECONFIG, HOME, VSCODE_PID: '1' }),
    environmentKey(BASE),
    'in any order',
  );
  assert.ok(!environmentKey(BASE).includes(HOME), 'the key shows no value');
});

test('a different value that kubeconfigs, plugins or connections depend on makes another user', () => {
  const names =
    'AWS_PROFILE AWS_SESSION_TOKEN KUBECONFIG PATH HOME USER SSH_AUTH_SOCK HTTPS_PROXY NO_PROXY SSL_CERT_FILE ' +
    'CLOUDSDK_CONFIG AZURE_CONFIG_DIR GOOGLE_APPLICATION_CREDENTIALS XDG_CONFIG_HOME XDG_RUNTIME_DIR LANG TMPDIR WINDOWS_X';
  for (const name of names.split(' ')) {
    assert.notEqual(environmentKey({ ...BASE, [name]: 'other' }), environmentKey(BASE), name);
  }
});

test("an integrated terminal has the key of its window, despite the command's folder in PATH and the editor's runtime", () => {
  const bin = '/home/jane/.vscode/extensions/forward.kube-port-forward-1.0.0/bin';
  const added = { PATH: `/bin${delimiter}${bin}`, KUBE_PORT_FORWARD_RUNTIME: '/usr/share/code/code' };
  assert.equal(environmentKey({ ...BASE, ...added }), environmentKey(BASE));
  assert.notEqual(environmentKey({ ...BASE, PATH: `/bin${delimiter}/opt/bin` }), environmentKey(BASE));
});

test('the variables of a gateway do not change the key of a shell', () => {
  for (const secret of ['known', undefined]) {
    const variables = proxyVariables({ localPort: 8900, environment: BASE, ...defined({ secret }) });
    const inside = { ...BASE, ...variables };
    assert.equal(environmentKey(inside), environmentKey(BASE));
    assert.deepEqual(cleanEnvironment(inside), cleanEnvironment(BASE));
  }
});
