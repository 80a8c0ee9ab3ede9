import type { Clock } from '../../base/async.ts';
import type { KubeconfigCluster } from '../kubeconfig/kubeconfigFile.ts';
import type { TokenFilePermission } from './tokenFile.ts';

/** What the calling program provides for signing in: its environment, its terminal and its clocks. */
export interface CredentialOptions {
  /**
   * The environment variables of the calling program. Plugins inherit these variables. `HTTPS_PROXY` and similar
   * variables can name a proxy.
   */
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly homeFolder: string;
  /** True if a plugin may ask questions on this process's terminal. Optional, default false. */
  readonly isTerminalInteractive?: boolean;
  /**
   * True if nobody can sign in again while this program runs, as in a program that uses the library. A plugin that has
   * failed then runs again after a pause, because the user may have signed in with another program. Optional, default
   * false.
   */
  readonly isUnattended?: boolean;
  /** Called with each line that a plugin writes to stderr, as it arrives: a line may tell the user how to sign in. */
  readonly onPluginOutput?: (user: string, line: string) => void;
  /**
   * The token file that the user has allowed, if a kubeconfig of the workspace names the file. Optional, default: the
   * token file needs no permission.
   */
  readonly tokenFilePermission?: TokenFilePermission;
  readonly clock?: Clock;
  /** Returns the milliseconds since 1970, to compare with expiry times. Optional, default `Date.now`. */
  readonly wallClock?: () => number;
}

/** The cluster to sign in to. */
export interface CredentialCluster extends Omit<KubeconfigCluster, 'name' | 'source' | 'server'> {
  /** The address of the server as the kubeconfig or a flag contains it. Exec plugins receive it in this form. */
  readonly server: string;
  readonly url: URL;
  /** The proxy through which the server is reached. Undefined if there is none. */
  readonly proxy?: URL;
}
