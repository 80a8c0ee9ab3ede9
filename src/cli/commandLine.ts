import { usage } from '../base/errors.ts';
import { type CommandLine, SHELLS } from './commands.ts';
import { parseFlags } from './flags.ts';
import { IGNORED_OPTIONS, OPTIONS, type OptionValues } from './options.ts';
import { checkIgnored, outputOf, withoutEmpty, withoutIgnored } from './optionValues.ts';
import { parseForward } from './parseForward.ts';
import { filterOf, parseRequests, parseStop } from './parseHostCommand.ts';
import { isLikePort, isNumber } from './portWords.ts';
import { parseProxy } from './proxy/parseProxy.ts';

/**
 * Parses the arguments after the program's name.
 * @throws CodedError `USAGE`, `INVALID_ADDRESS` or `INVALID_SELECTOR`, with one line that says what is wrong
 */
export function parseCommandLine(args: readonly string[]): CommandLine {
  const proxy = parseProxy(args);
  if (proxy !== undefined) return proxy;
  const parsed = parseFlags(args, { ...OPTIONS, ...IGNORED_OPTIONS });
  checkIgnored(parsed.values);
  const values = withoutEmpty(withoutIgnored(parsed.values));
  if (values.help === true) return { command: 'help' };
  if (values.version === true) return { command: 'version' };
  return (
    verbOf(parsed.positionals, values) ?? { command: 'forward', ...parseForward(parsed.positionals, values) }
  );
}

/**
 * Returns the command if the first word is a verb, such as `list`; otherwise undefined. Also returns undefined if a
 * port follows the verb, because the verb is then the name of a pod: `list 8080` forwards port 8080 of the pod `list`,
 * like `kubectl port-forward list 8080`. After `stop` and `requests`, a plain number is the local port of a forward, so
 * only words such as `8080:80` or `:80` make the verb the name of a pod.
 */
function verbOf([verb, ...words]: readonly string[], values: OptionValues): CommandLine | undefined {
  switch (verb) {
    case 'list':
      if (words.some(isLikePort)) return undefined;
      if (words.length > 0)
        throw usage(
          `unexpected argument "${words[0]}": list shows all forwards, or those with -n, --context or --kubeconfig`,
        );
      return { command: 'list', output: outputOf(values), filter: filterOf(verb, values, ['output']) };
    case 'stop':
    case 'requests':
      if (words.some((word) => isLikePort(word) && !isNumber(word))) return undefined;
      return verb === 'stop' ? parseStop(words, values) : parseRequests(words, values);
    case 'completion': {
      const shell = SHELLS.find((candidate) => candidate === words[0]);
      if (shell !== undefined && words.length === 1) return { command: 'completion', shell };
      if (words.some(isLikePort)) return undefined;
      throw usage(`specify a shell: ${SHELLS.join(', ')}`);
    }
    case 'help':
      return words.length === 0 ? { command: 'help' } : undefined;
    default:
      return undefined;
  }
}
