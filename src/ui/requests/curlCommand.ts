import { isQuotable, printfFormat, quoteFish, quotePosix, quotePowerShell } from '../../base/quoting.ts';
import type { ShellKind } from '../../base/shells.ts';
import { quoteCmd } from './quoteCmd.ts';
import type { RecordedRequest } from './recordedRequest.ts';

/** A curl command, and the shell in which it can be run: each shell needs other quotes. */
export interface CurlCommand {
  readonly text: string;
  readonly shell: ShellKind;
}

export interface CurlOptions {
  readonly shell: ShellKind;
  readonly isWindows: boolean;
}

/**
 * The maximum length of a line in the Command Prompt, which ignores all further characters. If a command is longer,
 * {@link curlCommand} returns a PowerShell command instead.
 */
const CMD_LIMIT = 8_191;

/** An option of curl. `value` is missing if the option has none, as with `--head`. */
type CurlOption = readonly [name: string, value?: Uint8Array];

/**
 * Returns the curl command that sends a recorded request. The quotes ensure that the shell never runs text from the
 * request as a command. If the Command Prompt cannot represent the request ({@link quoteCmd}), or the command is longer
 * than {@link CMD_LIMIT}, returns a PowerShell command instead.
 */
export function curlCommand(request: RecordedRequest, { shell, isWindows }: CurlOptions): CurlCommand {
  const options = curlOptions(request);
  switch (shell) {
    case 'posix':
      return { shell, text: posixCommand(options, request.body, quotePosix) };
    case 'fish':
      return { shell, text: posixCommand(options, request.body, quoteFish) };
    case 'cmd': {
      const text = cmdCommand(options, request.body);
      if (text !== undefined) return { shell, text };
      break;
    }
    case 'powershell':
      break;
  }
  return { shell: 'powershell', text: powerShellCommand(options, request.body, isWindows) };
}

function curlOptions({
  method,
  origin,
  target,
  headers,
  body,
  isHttp2,
}: RecordedRequest): readonly CurlOption[] {
  const isPath = target.startsWith('/');
  const url = isPath ? `${origin}${target}` : `${origin}/`;
  const isImplied = method === (body.length === 0 ? 'GET' : 'POST');
  return [
    ['url', Buffer.from(url)],
    ...(isPath ? [] : [['request-target', Buffer.from(target)] as const]),
    ...(/[[\]{}]/.test(url) ? [['globoff'] as const] : []),
    ...(/\/\.\.?(\/|$)/.test(target) ? [['path-as-is'] as const] : []),
    ...(method === 'HEAD'
      ? [['head'] as const]
      : isImplied
        ? []
        : [['request', Buffer.from(method)] as const]),
    ...(isHttp2 ? [['http2-prior-knowledge'] as const] : []),
    ...headers.map(([name, value]) => ['header', headerField(name, value)] as const),
    ...(headers.some(([name]) => name.toLowerCase() === 'accept-encoding') ? [['compressed'] as const] : []),
    // If the recorded request has no `Content-Type`, an empty `Content-Type:` keeps curl from adding its default.
    ...(body.length > 0 && !headers.some(([name]) => name.toLowerCase() === 'content-type')
      ? [['header', Buffer.from('Content-Type:')] as const]
      : []),
  ];
}

/** curl sends a header with an empty value only if the name is followed by a semicolon instead of a colon. */
function headerField(name: string, value: string): Uint8Array {
  return Buffer.from(value === '' ? `${name};` : `${name}: ${value}`);
}

function posixCommand(
  options: readonly CurlOption[],
  body: Uint8Array,
  quote: (bytes: Uint8Array) => string,
): string {
  const isPiped = !isQuotable(body);
  const words = options.map(([name, value]) => {
    if (value === undefined) return `--${name}`;
    return name === 'url' ? quote(value) : `--${name} ${quote(value)}`;
  });
  if (isPiped) words.push('--data-binary @-');
  // Uses `--data-raw`, because `--data` would read a file if the body begins with an at sign.
  else if (body.length > 0) words.push(`--data-raw ${quote(body)}`);
  const command = `curl ${words.join(' \\\n  ')}`;
  return isPiped ? `printf ${printfFormat(body)} | ${command}` : command;
}

function cmdCommand(options: readonly CurlOption[], body: Uint8Array): string | undefined {
  const all: readonly CurlOption[] = body.length === 0 ? options : [...options, ['data-raw', body]];
  const words = all.map(([name, value]) => {
    if (value === undefined) return `--${name}`;
    const quoted = quoteCmd(Buffer.from(value).toString());
    if (quoted === undefined) return undefined;
    return name === 'url' ? quoted : `--${name} ${quoted}`;
  });
  const command = `curl.exe ${words.join(' ')}`;
  return words.includes(undefined) || command.length > CMD_LIMIT ? undefined : command;
}

/**
 * Returns a PowerShell command. The options are passed on curl's standard input, because Windows PowerShell changes
 * arguments that contain quotation marks. A body that is not plain ASCII is passed in a temporary file, because
 * PowerShell passes text, not bytes, from one program to the next.
 */
function powerShellCommand(options: readonly CurlOption[], body: Uint8Array, isWindows: boolean): string {
  const isText = body.every((byte) => (byte >= 0x20 && byte < 0x7f) || [0x09, 0x0a, 0x0d].includes(byte));
  const all: readonly CurlOption[] = isText && body.length > 0 ? [...options, ['data-raw', body]] : options;
  const lines = all.map(([name, value]) => quotePowerShell(configLine(name, value))).join(', ');
  const curl = isWindows ? 'curl.exe' : 'curl';
  const utf8 = '$OutputEncoding = [Text.UTF8Encoding]::new()';
  if (isText) return `& { ${utf8}; ${lines} | ${curl} --config - }`;
  const base64 = Buffer.from(body).toString('base64');
  return [
    `& { ${utf8}; $body = (New-TemporaryFile).FullName`,
    `[IO.File]::WriteAllBytes($body, [Convert]::FromBase64String('${base64}'))`,
    `${lines} | ${curl} --config - --data-binary "@$body"`,
    'Remove-Item $body }',
  ].join('; ');
}

/**
 * Returns a line of a curl config file. Strings in such a file can contain the escapes `\\`, `\"`, `\t`, `\n`, `\r` and
 * `\v` (curl(1), --config).
 */
function configLine(name: string, value: Uint8Array | undefined): string {
  if (value === undefined) return name;
  const escaped = Buffer.from(value)
    .toString('utf8')
    .replace(/[\\"]/g, '\\$&')
    .replaceAll('\t', '\\t')
    .replaceAll('\n', '\\n')
    .replaceAll('\r', '\\r');
  return `${name} = "${escaped}"`;
}
