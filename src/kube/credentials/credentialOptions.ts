import type { Clock } from '../../base/async.ts';
import type { KubeconfigCluster } from '../kubeconfigFile.ts';

/** What credentials need to know of the program that they are for. */
export interface CredentialOptions {
  /** The environment of whoever asked for the forward: plugins run in it, and it may name a proxy. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly homeDirectory: string;
  /** Whether a plugin may have this process's terminal to ask questions on. */
  readonly isTerminalInteractive?: boolean;
  /** Told each line that a plugin writes for people, while it runs. */
  readonly onPluginOutput?: (user: string, line: string) => void;
  readonly clock?: Clock;
  /** The time of day in milliseconds since 1970, which expiry times are compared with. */
  readonly wallClock?: () => number;
}

/** Where to sign in, for plugins and errors. */
export type CredentialCluster = Omit<KubeconfigCluster, 'name' | 'source' | 'server'> & {
  readonly server: string;
};
