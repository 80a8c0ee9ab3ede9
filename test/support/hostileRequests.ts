import { type RecordedRequest, toRecordedRequest } from '../../src/ui/requests/recordedRequest.ts';
import { message, recorded } from './exchanges.ts';
import { SpdyRandom, testSeed } from './spdyRandom.ts';

// Creates requests with characters that are special to shells, and the expected results of the shell commands for them.

/** The requests consist of these pieces of text. Blanks separate the pieces. Within a piece, `_` means a blank. */
const PIECES: readonly string[] = [
  `' '' " "" \\ \\\\ \\" \`touch_hit\` $(touch_hit) $ $\x7bHOME} $HOME $'`,
  '%PATH% % %% %PATH:~0,3% %^PATH% !PATH! ! !! ^ ^^ ^" &touch_hit& | ||',
  '< >hit ( ) ;touch_hit; # ~ * ? [a-z] {a,b} = , @/etc/passwd -o_hit',
  '--config - _ __ a word ü 漢 \u2018 \u2019 \u201a \u201b \u201c \uff02',
  '\n \r \r\n \t \0 \u001b[201~ \u0003 \u202e \u200b %s %d \\n \\x41 \\041',
].flatMap((pieces) => pieces.split(' ').map((piece) => piece.replaceAll('_', ' ')));

/** Returns random requests. The same seed always results in the same requests. */
export function hostileRequests(count: number): readonly RecordedRequest[] {
  const random = new SpdyRandom(testSeed());
  return Array.from({ length: count }, () => {
    const text = () => Array.from({ length: random.below(7) }, () => random.pick(PIECES)).join('');
    const body = random.below(3) === 0 ? '' : text();
    // Makes some bodies invalid UTF-8.
    const bytes = random.below(6) === 0 ? Buffer.from(`\xff${body}`, 'latin1') : Buffer.from(body);
    const head = Array.from({ length: random.below(3) }, () => ['X-Hostile', text()] as const);
    const exchange = recorded({
      method: random.pick(['GET', 'POST', 'PUT', "X'`!%PATH%^&"]),
      path: `/${text()}`,
      ...(random.below(2) === 0 && { query: text() }),
      ...(random.below(3) === 0 && { host: text() }),
      request: message(head, bytes),
    });
    return toRecordedRequest(exchange, 'http://localhost:8080');
  });
}

/**
 * Returns the arguments that curl is expected to get for a request.
 * @param sent the body that curl sends, also if curl reads the body from its standard input; optional, default: the
 * body of the request
 */
export function expectedArguments(
  { method, origin, target, headers, body, isHttp2 }: RecordedRequest,
  sent: Uint8Array = body,
): readonly string[] {
  const isImplied = method === (sent.length === 0 ? 'GET' : 'POST');
  const hasType = headers.some(([name]) => name.toLowerCase() === 'content-type');
  return [
    `${origin}${target}`,
    ...(/[[\]{}]/.test(target) ? ['--globoff'] : []),
    ...(/\/\.\.?(\/|$)/.test(target) ? ['--path-as-is'] : []),
    ...(isImplied ? [] : ['--request', method]),
    ...(isHttp2 ? ['--http2-prior-knowledge'] : []),
    ...headers.flatMap(([name, value]) => ['--header', value === '' ? `${name};` : `${name}: ${value}`]),
    ...(sent.length > 0 && !hasType ? ['--header', 'Content-Type:'] : []),
    ...(body.length > 0 ? ['--data-raw', Buffer.from(body).toString()] : []),
  ];
}

/** The text that {@link CURL_FUNCTION} prints after each call. */
export const CALL_END = '\0END\0\n';

/**
 * A function that replaces curl in a POSIX shell. Prints its arguments, each followed by a NUL byte, and its standard
 * input.
 */
export const CURL_FUNCTION = `curl() {
  printf '%s\\000' "$@"
  case "$*" in *'--data-binary @-') cat ;; esac
  printf '\\000END\\000\\n'
}`;

/** Returns the output of {@link CURL_FUNCTION} for a request, with one character per byte. */
export function expectedCall(request: RecordedRequest): string {
  const { body } = request;
  const text = Buffer.from(body);
  const isArgument = text.length > 0 && isShown(text);
  const given = expectedArguments(isArgument ? request : { ...request, body: new Uint8Array() }, body);
  const isPiped = text.length > 0 && !isArgument;
  const all = isPiped ? [...given, '--data-binary', '@-'] : given;
  const printed = Buffer.from(all.map((argument) => `${argument}\0`).join(''));
  return Buffer.concat([printed, isPiped ? text : Buffer.alloc(0)]).toString('latin1');
}

/**
 * Returns whether a command may contain these bytes as text: they must be valid UTF-8 without control characters and
 * invisible characters.
 */
function isShown(bytes: Buffer): boolean {
  const text = bytes.toString();
  return Buffer.from(text).equals(bytes) && !/[\p{Cc}\p{Cf}\p{Default_Ignorable_Code_Point}]/u.test(text);
}

const VARIABLES: Readonly<Record<string, string>> = { PATH: 'EXPANDED', HOME: 'EXPANDED' };

/**
 * Returns the command line that a program gets when a user types `line` into the Windows Command Prompt. The Command
 * Prompt replaces variables with their values, and then removes carets (`^`) outside of quotation marks.
 * Sources: `cmd /?`, `set /?`. Delayed expansion is off, as by default.
 * @throws Error if the line contains an operator outside of quotation marks
 */
export function readByCommandPrompt(line: string): string {
  const expanded = withVariables(line);
  let read = '';
  let isQuoted = false;
  for (let at = 0; at < expanded.length; at++) {
    const character = expanded.charAt(at);
    if (character === '^' && !isQuoted) {
      read += expanded.charAt(++at);
      continue;
    }
    if (character === '"') isQuoted = !isQuoted;
    else if (!isQuoted && /[&|<>()\n\r]/.test(character))
      throw new Error(`the operator ${character} in ${line}`);
    read += character;
  }
  return read;
}

/**
 * Replaces variables such as `%PATH%` as the Command Prompt does. If the text between two percent signs is not the name
 * of a variable, the text stays. The second percent sign may then start the name of another variable.
 */
function withVariables(line: string): string {
  let expanded = '';
  let at = 0;
  while (at < line.length) {
    const [found, name = ''] = /^%([^%:]+)(?::[^%]*)?%/.exec(line.slice(at)) ?? [];
    const value = VARIABLES[name.toUpperCase()];
    expanded += found === undefined || value === undefined ? line.charAt(at) : value;
    at += found === undefined || value === undefined ? 1 : found.length;
  }
  return expanded;
}

/**
 * Splits a command line into arguments as the C runtime of Windows does. Source: "Parsing C command-line arguments" in
 * Microsoft's documentation.
 */
export function splitCommandLine(line: string): readonly string[] {
  const words: string[] = [];
  let word: string | undefined;
  let isQuoted = false;
  for (let at = 0; at < line.length; at++) {
    const [backslashes = ''] = /^\\*/.exec(line.slice(at)) ?? [];
    const next = line.charAt(at + backslashes.length);
    if (backslashes !== '' && next === '"') {
      word = (word ?? '') + '\\'.repeat(Math.floor(backslashes.length / 2));
      at += backslashes.length - 1;
      if (backslashes.length % 2 === 1) {
        word += '"';
        at++;
      }
      continue;
    }
    const character = line.charAt(at);
    if (character === '"') {
      word ??= '';
      isQuoted = !isQuoted;
    } else if (/[ \t]/.test(character) && !isQuoted) {
      if (word !== undefined) words.push(word);
      word = undefined;
    } else word = (word ?? '') + character;
  }
  return word === undefined ? words : [...words, word];
}

/**
 * Returns the values of all single-quoted strings in a PowerShell command. Any of five quote characters starts and ends
 * a string. Two equal quotes within a string mean one quote. Source: about_Quoting_Rules.
 */
export function powerShellLiterals(text: string): readonly string[] {
  const found = text.matchAll(
    /['\u2018-\u201b]((?:[^'\u2018-\u201b]|(['\u2018-\u201b])\2)*)['\u2018-\u201b]/g,
  );
  return Array.from(found, ([, literal = '']) => literal.replaceAll(/(['\u2018-\u201b])\1/g, '$1'));
}

const CONFIG_ESCAPES: Readonly<Record<string, string>> = { t: '\t', n: '\n', r: '\r', v: '\v' };

/** Converts a line of a curl config file to command-line arguments. Source: curl(1), `--config`. */
export function readConfigLine(line: string): readonly string[] {
  const [, name = '', quoted] = /^([a-z0-9-]+)(?: = "((?:[^"\\]|\\[\s\S])*)")?$/.exec(line) ?? [];
  if (quoted === undefined) return [`--${name}`];
  const value = quoted.replace(
    /\\([\s\S])/g,
    (_found, escaped: string) => CONFIG_ESCAPES[escaped] ?? escaped,
  );
  return name === 'url' ? [value] : [`--${name}`, value];
}
