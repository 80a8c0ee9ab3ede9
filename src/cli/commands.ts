import type { TransportName } from '../kinds/transports.ts';
import type { RestConfigOverrides } from '../kube/kubeconfig/restConfigOverrides.ts';
import type { ForwardFilter } from './forwardChoice.ts';

/** The shells that `completion SHELL` and `proxy --shell SHELL` accept. */
export const SHELLS = ['bash', 'zsh', 'fish', 'powershell'] as const;
export type Shell = (typeof SHELLS)[number];

/** The parsed command line. */
export type CommandLine =
  | { readonly command: 'help' }
  | { readonly command: 'version' }
  | { readonly command: 'completion'; readonly shell: Shell }
  | { readonly command: 'list'; readonly output: OutputFormat; readonly filter: ForwardFilter }
  | StopCommand
  | RequestsCommand
  | ({ readonly command: 'proxy' } & ProxyCommand)
  | ({ readonly command: 'forward' } & ForwardCommand);

/** The arguments of a command that selects forwards of the forward host: `stop` or `requests`. */
interface ByName {
  /**
   * The labels, targets (`TYPE/NAME`), local ports or local addresses (`127.0.0.1:8080`) of forwards. If empty, the
   * command applies to all forwards that match the filter.
   */
  readonly names: readonly string[];
  readonly filter: ForwardFilter;
  /**
   * The second meaning of the arguments. `stop 8080` stops the forward with local port 8080. If the host has no such
   * forward, the arguments mean this command instead: forward to port 8080 of a pod named `stop`. Undefined if the
   * arguments have only one meaning.
   */
  readonly otherwise?: ForwardCommand;
}

export interface StopCommand extends ByName {
  readonly command: 'stop';
}

export interface RequestsCommand extends ByName {
  readonly command: 'requests';
  readonly output: OutputFormat;
  /**
   * True for `--follow`: the command turns on request logs that are off, and prints new requests until a signal, such
   * as Ctrl-C, ends the command.
   */
  readonly follows: boolean;
}

/** The options that the commands `forward` and `proxy` share. */
interface Forwarding {
  readonly output: OutputFormat;
  /**
   * Whether the forward or gateway runs in the forward host, and not in this process. If true, the command exits when
   * the forward or gateway is ready.
   */
  readonly detach: boolean;
  /** True to print the HTTP requests that pass through the forward or gateway. Optional, default false. */
  readonly logsExchanges?: boolean;
  readonly kubeconfigPath?: string;
  readonly overrides: RestConfigOverrides;
}

/** `kube-port-forward proxy`: makes the services of namespaces reachable by name through one local port. */
export interface ProxyCommand extends Forwarding {
  /** The namespaces whose services to make reachable. Empty for the namespace of the context. */
  readonly namespaces: readonly string[];
  /** The local port. Optional, default: 8900, or another port if 8900 is in use. */
  readonly port?: number;
  /** Whether to print only the environment variables of the proxy, such as `HTTP_PROXY`, as commands for a shell. */
  readonly env: boolean;
  /** Whether the environment variables of the proxy include `JAVA_TOOL_OPTIONS`. */
  readonly java: boolean;
  /**
   * The shell for which the environment variables are printed. Optional, default: PowerShell on Windows, and any POSIX
   * shell on other systems. The variable `SHELL` is not used: it names the login shell, which may not be the current
   * shell.
   */
  readonly shell?: Shell;
  /** The program to run with the environment variables of the proxy, and its arguments. Optional. */
  readonly program?: readonly [string, ...string[]];
}

export type OutputFormat = 'text' | 'json';

export interface ForwardCommand extends Forwarding {
  /** The target as the user typed it: `[TYPE/]NAME`. */
  readonly target: string;
  /** The ports as the user typed them, each as `[LOCAL:]REMOTE`. */
  readonly ports: readonly string[];
  readonly addresses: readonly string[];
  readonly podRunningTimeoutMs: number;
  /** False to end the command when the connection to the pod is lost, as kubectl does. True to reconnect. */
  readonly reconnect: boolean;
  /** True to log requests to the API server, as kubectl does with `-v=6` and higher. */
  readonly logsRequests: boolean;
  /** True to forward to Ready pods only. If false, the forward may use a pod that is not Ready, with a warning. */
  readonly requiresReady: boolean;
  /**
   * How long the forward waits for its target to be created again after the target was deleted, in milliseconds. If the
   * target is not created in this time, the forward fails. Optional, default 10 minutes.
   */
  readonly waitForTargetMs?: number;
  readonly transport?: TransportName;
}
