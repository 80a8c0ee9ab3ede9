import { defined } from '../base/defined.ts';
import { usage } from '../base/errors.ts';
import { formatTarget, parseSelectorTarget } from '../kinds/target.ts';
import type { CommandLine } from './commands.ts';
import type { ForwardFilter } from './forwardChoice.ts';
import type { OptionValues } from './options.ts';
import { outputOf } from './optionValues.ts';
import { parseForward } from './parseForward.ts';
import { isNumber } from './portWords.ts';

/** Parses the arguments after `stop`. @throws CodedError `USAGE` or `INVALID_SELECTOR` */
export function parseStop(words: readonly string[], values: OptionValues): CommandLine {
  const { selected, isPortsOnly } = meant(words, values);
  if (isPortsOnly && values.all === undefined) {
    const otherwise = parseForward(['stop', ...words], values);
    const isTakenByStop = Object.keys(values).every((name) => FILTER_OPTIONS.has(name));
    if (!isTakenByStop) return { command: 'forward', ...otherwise };
    return { command: 'stop', names: words, filter: filterOf('stop', values, []), otherwise };
  }
  const filter = filterOf('stop', values, ['all', 'selector']);
  return { command: 'stop', names: stopNames([...words, ...selected], values.all === true), filter };
}

/** Parses the arguments after `requests`. @throws CodedError `USAGE` or `INVALID_SELECTOR` */
export function parseRequests(words: readonly string[], values: OptionValues): CommandLine {
  const { selected, isPortsOnly } = meant(words, values);
  const isOwn = Object.keys(values).every((name) => FILTER_OPTIONS.has(name) || name === 'output');
  const mayBePod = isPortsOnly && values.follow === undefined;
  const otherwise = mayBePod ? parseForward(['requests', ...words], values) : undefined;
  if (otherwise !== undefined && !isOwn) return { command: 'forward', ...otherwise };
  return {
    command: 'requests',
    names: [...words, ...selected],
    filter: filterOf('requests', values, ['output', 'follow', 'selector']),
    output: outputOf(values),
    follows: values.follow ?? false,
    ...defined({ otherwise }),
  };
}

/**
 * Interprets the words after `stop` or `requests`. In the result, `selected` contains the target of the option `-l`, if
 * it is given. `isPortsOnly` is true if there are only numbers and no `-l`. Such a command line has two meanings:
 * `stop 8080` stops the forward with local port 8080, or forwards port 8080 of a pod named `stop`.
 */
function meant(words: readonly string[], { selector }: OptionValues) {
  const selected = selector === undefined ? [] : [formatTarget(parseSelectorTarget(selector))];
  return { selected, isPortsOnly: words.length > 0 && words.every(isNumber) && selected.length === 0 };
}

function stopNames(names: readonly string[], isAll: boolean): readonly string[] {
  if (isAll && names.length > 0) throw usage('use names or --all, not both');
  if (!isAll && names.length === 0)
    throw usage('specify the forwards to stop (see kube-port-forward list), or use --all');
  return names;
}

/** The options that `list`, `stop` and `requests` have in common. */
const FILTER_OPTIONS: ReadonlySet<string> = new Set(['namespace', 'context', 'kubeconfig', 'v']);

/**
 * Returns the filter that the user has given to `list`, `stop` or `requests`, and rejects unsuitable options.
 * @param own the options that the command accepts in addition to {@link FILTER_OPTIONS}
 * @throws CodedError `USAGE` for an option that the command does not accept
 */
export function filterOf(
  command: string,
  values: OptionValues,
  own: readonly (keyof OptionValues)[],
): ForwardFilter {
  const { namespace, context, kubeconfig } = values;
  const taken = new Set([...FILTER_OPTIONS, ...own]);
  const option = Object.keys(values).find((name) => !taken.has(name));
  if (option !== undefined) throw usage(`--${option} cannot be used with ${command}`);
  return defined({ namespace, context, kubeconfigPath: kubeconfig });
}
