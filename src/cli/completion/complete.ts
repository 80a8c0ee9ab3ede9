import { defined } from '../../base/defined.ts';
import { isPrintable } from '../../base/text.ts';
import { KINDS, TARGET_KINDS } from '../../kinds/targetKinds.ts';
import { TRANSPORTS } from '../../kinds/transports.ts';
import { SHELLS } from '../commands.ts';
import { parseFlags } from '../flags.ts';
import { IGNORED_OPTIONS, OPTIONS, type OptionValues } from '../options.ts';
import { withoutEmpty } from '../optionValues.ts';
import { NOT_OF_PROXY } from '../proxy/parseProxy.ts';
import { PROXY_OPTIONS } from '../proxy/proxyOptions.ts';
import { type ClusterNames, type CompletionServices, openClusterNames } from './clusterNames.ts';

/**
 * A word that completion offers at the cursor. The shell adds a space after the word. If the word ends with `/` or `=`,
 * the shell adds no space, because the user then continues to type the same word.
 */
interface Candidate {
  readonly value: string;
  readonly description?: string;
}

/**
 * The time limit of a completion, in milliseconds. The limit is short, because the user is waiting at the prompt. If
 * the cluster needs longer, completion returns no names of the cluster.
 */
const LIMIT_MS = 2_000;

/**
 * The definitions of all options. If `proxy` defines an option differently, such as `namespace`, this object has the
 * definition of the other commands.
 */
const FLAGS = { ...PROXY_OPTIONS, ...OPTIONS, ...IGNORED_OPTIONS };
/**
 * The values that completion offers for options. Options with file names are missing here, because the shell itself
 * completes file names.
 */
const CHOICES: Readonly<Partial<Record<keyof typeof FLAGS, readonly string[]>>> = {
  output: ['text', 'json'],
  shell: SHELLS,
  transport: TRANSPORTS,
  address: ['localhost', '127.0.0.1', '0.0.0.0'],
};

/**
 * Returns the words that fit at the cursor, in the form that the completion scripts read. Waits for the cluster for at
 * most two seconds, and never runs a login that may ask questions. Never rejects: on an error, returns an empty text.
 * @param words first `=` followed by the typed part of the current word, then the words before the current word
 */
export async function complete(
  [currentWord = '=', ...before]: readonly string[],
  services: CompletionServices,
  limitMs: number = LIMIT_MS,
): Promise<string> {
  const current = currentWord.slice(1);
  const signal = AbortSignal.timeout(limitMs);
  using names = openClusterNames(valuesOf(before), services, signal);
  try {
    const candidates = await candidatesFor(current, before, names);
    return candidates
      .filter(({ value }) => value.startsWith(current) && isPrintable(value))
      .map(({ value, description }) => `${value}${description === undefined ? '' : `\t${description}`}\n`)
      .join('');
  } catch {
    return '';
  }
}

async function candidatesFor(
  current: string,
  before: readonly string[],
  names: ClusterNames,
): Promise<readonly Candidate[]> {
  const open = openOption(before);
  if (open !== undefined) return (await valuesFor(open, names)).map((value) => ({ value }));
  const [, option, typed] = /^(--[a-z-]+)=(.*)$/s.exec(current) ?? [];
  if (option !== undefined && typed !== undefined) {
    const values = await valuesFor(option.slice(2), names);
    return values.map((value) => ({ value: `${option}=${value}` }));
  }
  if (current.startsWith('-')) return optionsAfter(before).map((name) => ({ value: `--${name}` }));
  const { selector } = valuesOf(before);
  if (selector !== undefined) return await ports(current, `-l ${selector}`, names);
  const [first, ...words] = positionalsOf(before);
  if (first === undefined) return await firstWords(current, names);
  if (first === 'completion' && words.length === 0) return SHELLS.map((value) => ({ value }));
  if ((first === 'list' || first === 'proxy') && words.length === 0) return [];
  if (first === 'stop' || first === 'requests') return (await names.forwards()).map((value) => ({ value }));
  return await ports(current, first, names);
}

/**
 * Returns the names of the options that may follow the words before the cursor. If the words begin with `proxy`, these
 * are the options of `proxy`; otherwise, the options of the other commands.
 */
function optionsAfter(before: readonly string[]): readonly string[] {
  const names = Object.keys(OPTIONS).filter((name) => name.length > 1);
  if (positionalsOf(before)[0] !== 'proxy') return names;
  return [...new Set([...names, ...Object.keys(PROXY_OPTIONS)])].filter((name) => !NOT_OF_PROXY.has(name));
}

async function firstWords(current: string, names: ClusterNames): Promise<readonly Candidate[]> {
  const [type, ...rest] = current.split('/');
  if (rest.length > 0) return (await names.objects(type ?? '')).map((name) => ({ value: `${type}/${name}` }));
  const verbs = [
    { value: 'list', description: 'list background forwards' },
    { value: 'stop', description: 'stop background forwards' },
    { value: 'requests', description: 'print the requests that passed through background forwards' },
    { value: 'proxy', description: 'make all services of a namespace available by name' },
    { value: 'completion', description: 'print a completion script' },
  ];
  const types = TARGET_KINDS.flatMap((kind) => [kind, ...KINDS[kind].shortNames.slice(0, 1)]);
  // Ignores a failure to list pods, so that verbs and types are returned even without a cluster.
  const pods = await names.objects('pod').catch(() => []);
  return [
    ...verbs,
    ...types.map((name) => ({ value: `${name}/` })),
    ...pods.map((name) => ({ value: name, description: 'pod' })),
  ];
}

async function ports(current: string, target: string, names: ClusterNames): Promise<readonly Candidate[]> {
  const local = /^\d*:/.exec(current)?.[0] ?? '';
  const found = await names.ports(target);
  return found.flatMap(({ number, name }) => [
    { value: `${local}${number}`, ...defined({ description: name }) },
    ...(name === undefined ? [] : [{ value: `${local}${name}`, description: String(number) }]),
  ]);
}

async function valuesFor(option: string, names: ClusterNames): Promise<readonly string[]> {
  switch (option) {
    case 'context':
    case 'cluster':
    case 'user':
      return await names.kubeconfig(option);
    case 'namespace':
      return await names.namespaces();
    default:
      return CHOICES[option as keyof typeof CHOICES] ?? [];
  }
}

/**
 * Returns the name of the option whose value is being typed at the cursor: `namespace` after `-n`. Undefined if the
 * word at the cursor is not the value of an option.
 */
function openOption(before: readonly string[]): string | undefined {
  const last = before.at(-1) ?? '';
  const found = Object.entries(FLAGS).find(
    ([name, flag]) => last === `--${name}` || ('short' in flag && last === `-${flag.short}`),
  );
  return found !== undefined && found[1].type !== 'boolean' ? found[0] : undefined;
}

function valuesOf(before: readonly string[]): OptionValues {
  return withoutEmpty(parsed(before)?.values ?? {});
}

function positionalsOf(before: readonly string[]): readonly string[] {
  return parsed(before)?.positionals ?? [];
}

/**
 * Parses the words before the cursor; returns undefined if they are invalid. If the last word is an option whose value
 * is still being typed at the cursor, leaves this option out: an option without a value would be invalid.
 */
function parsed(before: readonly string[]) {
  try {
    return parseFlags(openOption(before) === undefined ? before : before.slice(0, -1), FLAGS);
  } catch {
    return undefined;
  }
}
