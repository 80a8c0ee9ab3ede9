import { parsePortNumber } from '../../kinds/ports.ts';
import { isNamespaceName } from '../../kinds/target.ts';
import type { FlagDefinition, FlagValues } from '../flags.ts';

/** The options that only `proxy` has, and its definition of `namespace`: only `proxy` accepts several namespaces. */
export const PROXY_OPTIONS = {
  env: { type: 'boolean' },
  java: { type: 'boolean' },
  namespace: { type: 'strings', short: 'n' },
  port: { type: 'string' },
  shell: { type: 'string' },
} as const satisfies Readonly<Record<string, FlagDefinition>>;

export type ProxyValues = FlagValues<typeof PROXY_OPTIONS>;

/** Splits the arguments at `--`. The program to run follows `--`. */
export function splitProgram(args: readonly string[]): {
  readonly own: readonly string[];
  readonly program: readonly string[] | undefined;
} {
  const at = args.indexOf('--');
  return at === -1
    ? { own: args, program: undefined }
    : { own: args.slice(0, at), program: args.slice(at + 1) };
}

/** Returns an error text if a value is invalid or two options exclude each other; otherwise undefined. */
export function proxyProblem(
  { namespace = [], port, env, shell }: ProxyValues,
  output: string,
  program: readonly string[] | undefined,
  detach: boolean,
): string | undefined {
  const wrong = namespace.find((each) => !isNamespaceName(each));
  if (wrong !== undefined) return `invalid namespace "${wrong}"`;
  if (port !== undefined && parsePortNumber(port) === undefined)
    return 'invalid value for --port: use 0 to 65535';
  if (program?.length === 0) return 'specify a program after --';
  if (program !== undefined && (detach || env === true || output === 'json')) {
    return '--detach, --env and -o json cannot be used with a program';
  }
  if (shell !== undefined && (program !== undefined || output === 'json')) {
    return '--shell cannot be used with a program or with -o json';
  }
  if (env === true && output === 'json') return 'use --env or -o json, not both';
  return undefined;
}
