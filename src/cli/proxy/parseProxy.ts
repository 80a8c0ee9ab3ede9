import { defined } from '../../base/defined.ts';
import { usage } from '../../base/errors.ts';
import { type CommandLine, SHELLS } from '../commands.ts';
import { parseFlags } from '../flags.ts';
import { IGNORED_OPTIONS, OPTIONS } from '../options.ts';
import { checkIgnored, oneOf, outputOf, overridesOf, withoutEmpty, withoutIgnored } from '../optionValues.ts';
import { isLikePort } from '../portWords.ts';
import { PROXY_OPTIONS, proxyProblem, splitProgram } from './proxyOptions.ts';

/**
 * Returns the command if the first word is `proxy`; otherwise undefined. Also returns undefined if a port follows,
 * because `proxy` is then the name of a pod: `proxy 8080` forwards port 8080 of this pod.
 */
export function parseProxy(args: readonly string[]): CommandLine | undefined {
  const { own, program } = splitProgram(args);
  if (!own.includes('proxy')) return undefined;
  const definitions = { ...OPTIONS, ...IGNORED_OPTIONS, ...PROXY_OPTIONS };
  const {
    values: { namespace, port, env, java, shell: shellText = '', ...others },
    positionals: [verb, ...words],
  } = parseFlags(own, definitions);
  if (verb !== 'proxy' || words.some(isLikePort)) return undefined;
  checkIgnored(others);
  const values = withoutEmpty(withoutIgnored(others));
  if (values.help === true) return { command: 'help' };
  const [word] = words;
  if (word !== undefined) throw usage(`unexpected argument "${word}": specify namespaces with -n`);
  const unknown = Object.keys(values).find((name) => NOT_OF_PROXY.has(name));
  if (unknown !== undefined) throw usage(`--${unknown} cannot be used with proxy`);
  const output = outputOf(values);
  const detach = values.detach ?? false;
  const namespaces = namespace?.filter((name) => name !== '') ?? [];
  const shell = shellText === '' ? undefined : oneOf('shell', shellText, SHELLS);
  const given = { namespace: namespaces, ...(port && { port }), ...defined({ env, shell }) };
  const problem = proxyProblem(given, output, program, detach);
  if (problem !== undefined) throw usage(problem);
  const [name, ...rest] = program ?? [];
  return {
    command: 'proxy',
    namespaces,
    ...(port !== undefined && port !== '' && { port: Number(port) }),
    env: env ?? false,
    java: java ?? false,
    ...defined({ shell }),
    // With `--env`, the gateway runs in the host, because it must outlive this command: a shell uses the printed
    // variables after the command has ended.
    detach: detach || env === true,
    ...(values['log-requests'] === true && { logsExchanges: true }),
    output,
    ...(name !== undefined && { program: [name, ...rest] }),
    ...defined({ kubeconfigPath: values.kubeconfig }),
    overrides: overridesOf(values),
  };
}

/**
 * Options of the command `forward` that make no sense for `proxy`. A command line with `proxy` and one of these options
 * is rejected.
 */
export const NOT_OF_PROXY: ReadonlySet<string> = new Set([
  'all',
  'address',
  'follow',
  'pod-running-timeout',
  'reconnect',
  'require-ready',
  'selector',
  'transport',
  'wait-for-target',
]);
