import { type CodedError, usage } from '../base/errors.ts';
import { parseGoDuration } from './duration.ts';
import { closest } from './suggestion.ts';

/** One option of a command line. */
export interface FlagDefinition {
  /** An option of type `strings` can be given several times. The value of a `duration` is in milliseconds. */
  readonly type: 'boolean' | 'string' | 'strings' | 'duration' | 'integer';
  /** The letter of the short form: `n` for `-n`. */
  readonly short?: string;
}

type FlagValue<Type extends FlagDefinition['type']> = Type extends 'boolean'
  ? boolean
  : Type extends 'string'
    ? string
    : Type extends 'strings'
      ? readonly string[]
      : number;

/** The values of the options on a command line. The key is the name of the option. */
export type FlagValues<Definitions extends Readonly<Record<string, FlagDefinition>>> = {
  readonly [Name in keyof Definitions]?: FlagValue<Definitions[Name]['type']>;
};

export interface ParsedFlags<Definitions extends Readonly<Record<string, FlagDefinition>>> {
  readonly values: FlagValues<Definitions>;
  readonly positionals: readonly string[];
}

// The values that Go's `strconv.ParseBool` accepts.
const BOOLEANS: ReadonlyMap<string, boolean> = new Map([
  ...['1', 't', 'T', 'true', 'TRUE', 'True'].map((text) => [text, true] as const),
  ...['0', 'f', 'F', 'false', 'FALSE', 'False'].map((text) => [text, false] as const),
]);

/**
 * Parses options as kubectl does (`github.com/spf13/pflag`). Options may be anywhere before `--`: `--name=value`,
 * `--name value`, `-n value`, `-n=value`, `-nvalue`, or several letters after one dash. A name may contain `_` instead
 * of `-`. If an option is repeated, its last value counts; only options of type `strings` keep all values.
 * @throws CodedError `USAGE`. The message contains the value of an option only if the option is a duration: the value
 *   of another option may be a secret
 */
export function parseFlags<Definitions extends Readonly<Record<string, FlagDefinition>>>(
  args: readonly string[],
  definitions: Definitions,
): ParsedFlags<Definitions> {
  const values: Record<string, unknown> = {};
  const positionals: string[] = [];
  const words = args[Symbol.iterator]();
  const set = (name: string, shown: string, given: string | undefined) => {
    const definition = definitions[name];
    if (definition === undefined) throw unknownFlag(shown, Object.keys(definitions));
    const isSwitch = definition.type === 'boolean' && given === undefined;
    const text = given ?? (isSwitch ? 'true' : valueAfter(words, shown));
    values[name] = readValue(definition, shown, text, values[name]);
  };
  for (const word of words) {
    if (word === '--') positionals.push(...words);
    else if (word === '-' || !word.startsWith('-')) positionals.push(word);
    else if (word.startsWith('--')) {
      const [, name = '', value] = /^--([^=]*)(?:=(.*))?$/s.exec(word) ?? [];
      if (name === '' || name.startsWith('-')) throw usage(`invalid option "${printName(word)}"`);
      set(name.replaceAll('_', '-'), `--${printName(name)}`, value);
    } else setShort(word.slice(1), definitions, set);
  }
  return { values: values as FlagValues<Definitions>, positionals };
}

function setShort(
  letters: string,
  definitions: Readonly<Record<string, FlagDefinition>>,
  set: (name: string, shown: string, given: string | undefined) => void,
): void {
  const [letter = '', ...rest] = letters;
  const behind = rest.join('');
  const found = Object.entries(definitions).find(([, { short }]) => short === letter);
  if (found === undefined)
    throw unknownFlag(
      letters.length > 2 && !letters.startsWith('=') ? `-${printName(letters)}` : `-${letter}`,
      Object.keys(definitions),
    );
  const [name, { type }] = found;
  if (behind.startsWith('=')) return set(name, `-${letter}`, behind.slice(1));
  if (type === 'boolean') {
    set(name, `-${letter}`, undefined);
    if (behind !== '') setShort(behind, definitions, set);
    return;
  }
  set(name, `-${letter}`, behind === '' ? undefined : behind);
}

function valueAfter(words: Iterator<string>, shown: string): string {
  const next = words.next();
  if (next.done === true) throw usage(`${shown} needs a value`);
  return next.value;
}

function readValue({ type }: FlagDefinition, shown: string, text: string, before: unknown): unknown {
  switch (type) {
    case 'string':
      return text;
    case 'strings':
      return [...((before as readonly string[] | undefined) ?? []), text];
    case 'boolean': {
      const value = BOOLEANS.get(text);
      if (value === undefined) throw usage(`invalid value for ${shown}: use ${shown}=true or ${shown}=false`);
      return value;
    }
    case 'integer':
      if (!/^[-+]?\d{1,9}$/.test(text)) throw usage(`invalid value for ${shown}: use a whole number`);
      return Number(text);
    case 'duration':
      return parseGoDuration(shown, text);
  }
}

function unknownFlag(shown: string, known: readonly string[]): CodedError {
  const word = shown.replace(/^-+/, '');
  const suggestion = word.length > 2 ? closest(word, known) : undefined;
  const hint = suggestion === undefined ? '' : `: did you mean --${suggestion}?`;
  return usage(`unknown option "${shown}"${hint}`);
}

/** Returns the name of an option without its value. The value must not be printed, because it may be a secret. */
function printName(word: string): string {
  return word.replace(/=.*$/s, '');
}
