import type { FlagDefinition, FlagValues } from './flags.ts';

/** The options of the command, by name without dashes. */
export const OPTIONS = {
  all: { type: 'boolean' },
  address: { type: 'strings' },
  as: { type: 'string' },
  'as-group': { type: 'strings' },
  'as-uid': { type: 'string' },
  'certificate-authority': { type: 'string' },
  'client-certificate': { type: 'string' },
  'client-key': { type: 'string' },
  cluster: { type: 'string' },
  context: { type: 'string' },
  detach: { type: 'boolean', short: 'd' },
  follow: { type: 'boolean', short: 'f' },
  help: { type: 'boolean', short: 'h' },
  'insecure-skip-tls-verify': { type: 'boolean' },
  kubeconfig: { type: 'string' },
  'log-requests': { type: 'boolean' },
  namespace: { type: 'string', short: 'n' },
  output: { type: 'string', short: 'o' },
  password: { type: 'string' },
  'pod-running-timeout': { type: 'duration' },
  reconnect: { type: 'boolean' },
  'request-timeout': { type: 'string' },
  'require-ready': { type: 'boolean' },
  selector: { type: 'string', short: 'l' },
  server: { type: 'string', short: 's' },
  'tls-server-name': { type: 'string' },
  token: { type: 'string' },
  transport: { type: 'string' },
  user: { type: 'string' },
  username: { type: 'string' },
  v: { type: 'integer', short: 'v' },
  version: { type: 'boolean' },
  'wait-for-target': { type: 'duration' },
} as const satisfies Readonly<Record<string, FlagDefinition>>;

/**
 * Global options of kubectl (see `kubectl options`) that have no effect here. They are accepted, so that command lines
 * for kubectl work.
 */
export const IGNORED_OPTIONS = {
  'cache-dir': { type: 'string' },
  'disable-compression': { type: 'boolean' },
  'log-flush-frequency': { type: 'duration' },
  'match-server-version': { type: 'boolean' },
  profile: { type: 'string' },
  'profile-output': { type: 'string' },
  vmodule: { type: 'string' },
  'warnings-as-errors': { type: 'boolean' },
} as const satisfies Readonly<Record<string, FlagDefinition>>;

export type OptionValues = FlagValues<typeof OPTIONS>;
