import type { Clock } from '../../base/async.ts';
import type { KubeconfigCluster } from '../kubeconfig/kubeconfigFile.ts';

/** The needs of credentials that the program using them fulfils. */
export interface CredentialOptions {
  /** The environment of the client. Plugins run in it, and it may name a proxy. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly homeDirectory: string;
  /** True if a plugin may ask questions on this process's terminal. */
  readonly isTerminalInteractive?: boolean;
  /** Called with each line that a plugin writes for people, while the plugin runs. */
  readonly onPluginOutput?: (user: string, line: string) => void;
  readonly clock?: Clock;
  /** The time in milliseconds since 1970, for comparisons with expiry times. */
  readonly wallClock?: () => number;
}

/** The cluster to sign in to, for plugins and errors. */
export type CredentialCluster = Omit<KubeconfigCluster, 'name' | 'source' | 'server'> & {
  readonly server: string;
};
