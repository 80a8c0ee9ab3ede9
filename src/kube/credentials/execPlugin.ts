import { basename } from 'node:path';
import type { Clock } from '../../base/async.ts';
import { defined } from '../../base/defined.ts';
import { copyEnvironment, variableName } from '../../base/environment.ts';
import { CodedError, describeError } from '../../base/errors.ts';
import type { ExecConfig } from '../kubeconfig/kubeconfigFile.ts';
import { type ExecCredential, isSupportedApiVersion, parseExecCredential } from './execCredential.ts';
import { type PluginResult, runPlugin } from './runPlugin.ts';

/**
 * How long a plugin may run, in milliseconds, including the time that a person takes to sign in. A plugin that runs
 * longer is ended, and its result is a failure.
 */
const TIMEOUT_MS = 60_000;
const HINT_LIMIT = 500;
/** The types of the results that mean that the plugin was not started. */
const NOT_RUN: ReadonlySet<PluginResult['type']> = new Set<PluginResult['type']>([
  'notStarted',
  'unquotable',
]);

export interface ExecPluginOptions {
  readonly user: string;
  readonly config: ExecConfig;
  /** The environment variables of the calling program, which the plugin inherits. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly homeFolder: string;
  readonly isTerminalInteractive: boolean;
  readonly onPluginOutput?: ((user: string, line: string) => void) | undefined;
  /** Returns the value of the variable `KUBERNETES_EXEC_INFO`, the request to the plugin. */
  readonly execInfo: (isInteractive: boolean) => Promise<string>;
  readonly clock?: Clock | undefined;
}

/** The result of a run of an exec plugin. */
export type ExecOutcome =
  | { readonly type: 'credential'; readonly credential: ExecCredential }
  | {
      readonly type: 'failure';
      readonly error: CodedError;
      /** False if the plugin was not started. Then neither a sign-in nor a better network would help. */
      readonly hasRun: boolean;
    };

/**
 * Runs the exec plugin of a kubeconfig's user once. Errors never contain the plugin's output, because the output
 * contains credentials. Rejects when aborted, or if `execInfo` cannot read the certificate authority. A rejection does
 * not count as a failure of the plugin, so the plugin runs again for the next request without a pause.
 */
export async function runExecPlugin(options: ExecPluginOptions, signal: AbortSignal): Promise<ExecOutcome> {
  const { user, config, environment, clock } = options;
  const fail = (reason: string, hasRun = false): ExecOutcome => ({
    type: 'failure',
    error: new CodedError('CREDENTIALS_FAILED', { user, reason }),
    hasRun,
  });
  const name = `the plugin "${basename(config.command)}"`;
  if (!isSupportedApiVersion(config.apiVersion)) {
    return fail(
      `${name} uses apiVersion "${config.apiVersion}": update the plugin and the kubeconfig to client.authentication.k8s.io/v1`,
    );
  }
  const isInteractive = options.isTerminalInteractive && config.interactiveMode !== 'Never';
  if (config.interactiveMode === 'Always' && !isInteractive) {
    return fail(`${name} needs a terminal: sign in with the plugin in a terminal`);
  }
  const execInfo = await options.execInfo(isInteractive);
  const result = await runPlugin({
    command: config.command,
    arguments: config.arguments,
    environment: pluginEnvironment(environment, config, execInfo),
    callerEnvironment: environment,
    workingDirectory: options.homeFolder,
    isInteractive,
    timeoutMs: TIMEOUT_MS,
    signal,
    ...defined({ clock }),
    onMessage: (line) => options.onPluginOutput?.(user, line),
  });
  if (result.type !== 'finished')
    return fail(`${name} ${explain(result, config)}`, !NOT_RUN.has(result.type));
  try {
    return { type: 'credential', credential: parseExecCredential(result.output, config.apiVersion) };
  } catch (error) {
    return fail(`${name} returned an unusable response: ${describeError(error)}`, true);
  }
}

function explain(result: Exclude<PluginResult, { type: 'finished' }>, config: ExecConfig): string {
  switch (result.type) {
    case 'notStarted':
      if (result.errorCode !== 'ENOENT') return `cannot be started (${result.errorCode})`;
      return `is not installed or not on the PATH${hint(config)}`;
    case 'unquotable':
      return 'is a batch file, which cannot get arguments with % or ": use the program that it starts';
    case 'failed':
      return `failed with ${result.exit}: see its output`;
    case 'timedOut':
      return `did not finish within ${TIMEOUT_MS / 1000} s: sign in again`;
    case 'tooLong':
      return 'wrote too much output and was stopped';
  }
}

function hint({ installHint }: ExecConfig): string {
  if (installHint === undefined) return '';
  return `: ${installHint.replace(/\s+/g, ' ').trim().slice(0, HINT_LIMIT)}`;
}

/**
 * Returns the environment of the plugin, without VS Code's own variables. These would make a plugin that is an Electron
 * or Node program behave as a part of VS Code.
 */
function pluginEnvironment(
  environment: ExecPluginOptions['environment'],
  config: ExecConfig,
  execInfo: string,
): Record<string, string | undefined> {
  const own = Object.entries(environment).filter(
    ([name]) => !/^(ELECTRON_RUN_AS_NODE|VSCODE_.*)$/i.test(name),
  );
  const added = config.environment.map(({ name, value }) => [variableName(name), value] as const);
  return {
    ...copyEnvironment(Object.fromEntries(own)),
    ...Object.fromEntries(added),
    KUBERNETES_EXEC_INFO: execInfo,
  };
}
