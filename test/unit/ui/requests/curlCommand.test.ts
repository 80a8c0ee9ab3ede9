import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { quoteFish } from '../../../../src/base/quoting.ts';
import { shellKind } from '../../../../src/base/shells.ts';
import { REDACTED } from '../../../../src/rpc/exchanges.ts';
import { curlCommand } from '../../../../src/ui/requests/curlCommand.ts';
import { quoteCmd } from '../../../../src/ui/requests/quoteCmd.ts';
import { type RecordedRequest, toRecordedRequest } from '../../../../src/ui/requests/recordedRequest.ts';
import { assertQuick } from '../../../support/assertQuick.ts';
import { message, recorded, recordedRequest } from '../../../support/exchanges.ts';
import {
  CALL_END,
  CURL_FUNCTION,
  expectedArguments,
  expectedCall,
  hostileRequests,
  powerShellLiterals,
  readByCommandPrompt,
  readConfigLine,
  splitCommandLine,
} from '../../../support/hostileRequests.ts';

const folder = mkdtempSync(join(tmpdir(), 'curl-'));
after(() => rmSync(folder, { recursive: true, force: true }));

const ORIGIN = 'http://localhost:8080';
const MARK = join(folder, 'executed');
const POSIX = { shell: 'posix', isWindows: false } as const;
const CMD = { shell: 'cmd', isWindows: true } as const;
const POWERSHELL = { shell: 'powershell', isWindows: true } as const;
const ENVIRONMENT = { ...process.env, LC_ALL: 'C.UTF-8', PS1: '', HISTFILE: '' };
/** Texts that an attacker could send. If a shell ran a command in one of them, the file MARK would exist. */
const HOSTILE = [
  `'; touch ${MARK}; '`,
  `$(touch ${MARK})`,
  `\`touch ${MARK}\``,
  `"; touch ${MARK}; "`,
  `' | touch ${MARK} #`,
  `\\'; touch ${MARK}; \\'`,
  `\n touch ${MARK}\n`,
  `!touch ${MARK}`,
  '!!',
  `\u0003touch ${MARK}\r`,
  `\u001b[201~touch ${MARK}\r`,
  `\ttouch ${MARK}`,
  `$\{IFS}%PATH%^&|<>!PATH!`,
  '@/etc/passwd',
  '-o /etc/passwd',
  '--config=/etc/passwd',
  '\\',
  '\\\\',
  "'",
  "$'",
  '\u2018\u2019\u201a\u201b',
  '‮gnirts',
  'ünïcode 漢字 🚀',
  '',
  ' ',
] as const;

const ALL_BYTES = Uint8Array.from({ length: 256 }, (_, byte) => byte);
const REQUESTS: readonly RecordedRequest[] = [
  ...HOSTILE.filter((value) => !/(?!\t)\p{Cc}/u.test(value)).map((value) =>
    request({ headers: [['X-Pod', value]] }),
  ),
  ...[
    ...HOSTILE.map((text) => Buffer.from(text)),
    ALL_BYTES,
    ALL_BYTES.slice(1),
    Buffer.from('%s%d%%\\0'),
    Buffer.from([0]),
    Buffer.from('-n\x011\0'),
  ].map((body) => request({ method: 'POST', body })),
  ...HOSTILE.map((path) => toRecordedRequest(recorded({ path: `/${path}` }), ORIGIN)),
  ...hostileRequests(300),
];

test('a hostile path becomes a percent-encoded address of the same server', () => {
  for (const path of HOSTILE) {
    const { origin, target } = toRecordedRequest(recorded({ path: `/${path}` }), ORIGIN);
    assert.equal(new URL(origin + target).origin, ORIGIN);
    assert.match(target, /^\/[\x21-\x7e]*$/);
  }
});

test('an interactive bash, which expands exclamation marks, passes the same arguments', {
  skip: !hasProgram('bash'),
}, () => {
  const { text } = curlCommand(request({ headers: [['X-Pod', '!! !touch $(id)']] }), POSIX);
  const { stdout } = spawnSync('bash', ['--norc', '--noprofile', '-i'], {
    ...{ input: `${CURL_FUNCTION}\necho before\n${text}\n`, encoding: 'utf8', env: ENVIRONMENT },
  });
  assert.ok(stdout.includes('\0X-Pod: !! !touch $(id)\0'), stdout);
});

test('no command for a POSIX shell or fish has a control character except its own line breaks', () => {
  for (const value of HOSTILE) {
    const body = Buffer.from(`${value}\0\x1b`);
    for (const shell of ['posix', 'fish'] as const) {
      for (const bytes of [Buffer.from(value), body]) {
        const { text } = curlCommand(request({ method: 'POST', body: bytes }), { shell, isWindows: false });
        assert.doesNotMatch(text.replaceAll(' \\\n  ', ' '), /\p{Cc}/u);
      }
    }
  }
});

test('fish gets backslashes and quotes unchanged, and other bytes as escapes outside the quotes', () => {
  assert.equal(quoteFish(Buffer.from("it's \\ $(id)")), "'it\\'s \\\\ $(id)'");
  assert.equal(quoteFish(Buffer.from('a\nb;\x1b')), "'a'\\X0a'b;'\\X1b");
  assert.equal(quoteFish(Buffer.from([0xff])), '\\Xff');
});

test('the Command Prompt gets carets before its special characters', () => {
  assert.equal(quoteCmd('a b'), '^"a b^"');
  assert.equal(quoteCmd('say "hi" & calc'), '^"say \\^"hi\\^" ^& calc^"');
  assert.equal(quoteCmd('%PATH%'), '^"^%^"P^"ATH^%^"');
  assert.equal(quoteCmd('%PATH:~0,3%'), '^"^%^"P^"ATH:^~0,3^%^"');
  assert.equal(quoteCmd('ends\\'), '^"ends\\\\^"');
  assert.equal(quoteCmd('a\\b\\\\"c\\"'), '^"a\\b\\\\\\\\\\^"c\\\\\\^"^"');
  for (const odd of ['a\nb', 'a\tb', 'ü', '\u001b', '\0']) assert.equal(quoteCmd(odd), undefined);
});

test('a text with many backslashes takes no time that grows with their square', () => {
  const text = `${'\\'.repeat(200_000)} x`;
  assert.ok(assertQuick('backslashes', () => quoteCmd(text)) === `^"${text}^"`);
});

test('a text that the Command Prompt cannot take is quoted for PowerShell', () => {
  const body = Buffer.from('{\n  "a": 1\n}');
  const command = curlCommand(request({ method: 'POST', body }), CMD);
  assert.equal(command.shell, 'powershell');
  assert.doesNotMatch(command.text, /[\n\r]/);
  assert.equal(curlCommand(request({}), CMD).shell, 'cmd');
});

test('PowerShell gets each line of the options in quotes that nothing inside ends', () => {
  for (const value of HOSTILE) {
    const given = request({
      method: 'POST',
      headers: [['X-Pod', value.replaceAll(/(?!\t)\p{Cc}/gu, '')]],
      body: Buffer.from(value),
    });
    const { text } = curlCommand(given, POWERSHELL);
    assert.doesNotMatch(text, /\p{Cc}/u);
    // Replaces each string literal, in which quotes are doubled, by L. The rest must be exactly the intended command.
    const left = text.replace(/'(?:[^'\u2018-\u201b]|['\u2018-\u201b]{2})*'/g, 'L');
    assert.match(
      left,
      /^& \{ \$OutputEncoding = \[Text\.UTF8Encoding\]::new\(\); (?:\$body = \(New-TemporaryFile\)\.FullName; \[IO\.File\]::WriteAllBytes\(\$body, \[Convert\]::FromBase64String\(L\)\); )?L(?:, L)* \| curl\.exe --config -(?: --data-binary "@\$body"; Remove-Item \$body)? \}$/,
    );
  }
});

test('curl itself reads the options of the PowerShell command correctly', {
  skip: !hasProgram('curl'),
}, () => {
  const body = 'a "quoted" \\ line\r\n\twith tabs';
  const given = request({ method: 'PUT', headers: [['X-Pod', '"\\t\\" $(id) ü']], body: Buffer.from(body) });
  const { text } = curlCommand(given, { shell: 'powershell', isWindows: false });
  const literals = [...text.matchAll(/'((?:[^'\u2018-\u201b]|['\u2018-\u201b]{2})*)'/g)].map(
    ([, literal = '']) => literal.replaceAll(/(['\u2018-\u201b])\1/g, '$1'),
  );
  // A refused connection does not matter: curl reads its options before it connects, and prints them as C code.
  const { stdout } = spawnSync(
    'curl',
    ['--config', '-', '--libcurl', '-', '--silent', '--connect-timeout', '1'],
    { input: literals.join('\n'), encoding: 'utf8' },
  );
  assert.match(stdout, /CURLOPT_CUSTOMREQUEST, "PUT"/);
  assert.match(stdout, /"a \\"quoted\\" \\\\ line\\r\\n\\twith tabs"/);
  assert.match(stdout, /"X-Pod: \\"\\\\t\\\\\\" \$\(id\) /);
});

for (const shell of ['bash', 'dash'] as const) {
  test(`curl in ${shell} gets the same bytes of the request, whatever clients and pods have sent`, {
    skip: !hasProgram(shell),
  }, () => {
    const commands = REQUESTS.map((given) => curlCommand(given, POSIX).text);
    const { stdout, status, stderr } = spawnSync(shell, {
      input: `${CURL_FUNCTION}\n${commands.join('\n')}\n`,
      env: ENVIRONMENT,
      cwd: folder,
      maxBuffer: 1e8,
    });
    assert.equal(`${status} ${stderr}`, '0 ');
    const calls = stdout.toString('latin1').split(CALL_END).slice(0, -1);
    assert.deepEqual(
      calls,
      REQUESTS.map((given) => expectedCall(given)),
    );
    assert.deepEqual(readdirSync(folder), [], 'no text ran');
  });
}

test('curl gets the unchanged request by the rules of the Command Prompt and the C runtime', () => {
  let count = 0;
  for (const given of REQUESTS) {
    const { shell, text } = curlCommand(given, CMD);
    if (shell !== 'cmd') continue;
    const [program, ...rest] = splitCommandLine(readByCommandPrompt(text));
    assert.equal(program, 'curl.exe');
    assert.deepEqual(rest, expectedArguments(given));
    count++;
  }
  assert.ok(count > REQUESTS.length / 10, `${count} commands`);
});

test('curl gets the unchanged request by the rules of PowerShell and of its config file', () => {
  for (const given of REQUESTS) {
    const { text } = curlCommand(given, POWERSHELL);
    const base64 = /FromBase64String\('([^']*)'\)/.exec(text)?.[1];
    const read = powerShellLiterals(text.replace(/.*FromBase64String\('[^']*'\)\); /, '')).flatMap(
      readConfigLine,
    );
    const isText = base64 === undefined;
    assert.deepEqual(
      read,
      expectedArguments(isText ? given : { ...given, body: new Uint8Array() }, given.body),
    );
    if (!isText) assert.deepEqual(Buffer.from(base64, 'base64'), Buffer.from(given.body));
  }
});

test('a command that is too long for the Command Prompt is quoted for PowerShell', () => {
  const shellOf = (length: number) =>
    curlCommand(request({ method: 'POST', body: Buffer.alloc(length, 'a') }), CMD).shell;
  assert.equal(shellOf(8_000), 'cmd');
  assert.equal(shellOf(8_190), 'powershell');
});

test('the command is as short as the request allows', () => {
  assert.equal(
    curlCommand(toRecordedRequest(recorded({ request: message([]) }), ORIGIN), POSIX).text,
    "curl 'http://localhost:8080/api/items'",
  );
  const post = recorded({
    method: 'POST',
    path: '/api/items',
    query: `a=1&token=${REDACTED}`,
    host: 'shop.test',
    request: message(
      [
        ['Host', 'shop.test'],
        ['Content-Length', '2'],
        ['Content-Type', 'application/json'],
        ['Authorization', REDACTED],
        ['Accept-Encoding', 'gzip'],
        ['Content-Encoding', 'gzip'],
        ['Bad name', 'x'],
      ],
      '{}',
    ),
  });
  assert.equal(
    curlCommand(toRecordedRequest(post, ORIGIN), POSIX).text,
    [
      `curl 'http://localhost:8080/api/items?a=1&token=${REDACTED}'`,
      "--header 'Host: shop.test'",
      "--header 'Content-Type: application/json'",
      `--header 'Authorization: ${REDACTED}'`,
      "--header 'Accept-Encoding: gzip'",
      '--compressed',
      "--data-raw '{}'",
    ].join(' \\\n  '),
  );
});

test('methods, odd targets and HTTP/2 have their options', () => {
  const text = (changes: Partial<RecordedRequest>) => curlCommand(request(changes), POSIX).text;
  assert.match(text({ method: 'HEAD' }), /--head/);
  assert.match(text({ method: 'DELETE' }), /--request 'DELETE'/);
  assert.match(text({ method: 'POST', body: new Uint8Array() }), /--request 'POST'/);
  assert.match(
    text({ method: 'OPTIONS', target: '*' }),
    /'http:\/\/localhost:8080\/' \\\n {2}--request-target '\*'/,
  );
  assert.match(text({ target: '/a/../b?[1-3]' }), /--globoff \\\n {2}--path-as-is/);
  assert.match(text({ isHttp2: true }), /--http2-prior-knowledge/);
  assert.match(text({ method: 'PUT', body: Buffer.from('x') }), /--header 'Content-Type:'/);
});

test('the kind of a shell is recognized by its program', () => {
  const kinds = {
    '/bin/bash': 'posix',
    '/usr/bin/zsh': 'posix',
    '/usr/bin/fish': 'fish',
    '/usr/local/bin/pwsh': 'powershell',
    'C:\\Windows\\System32\\WindowsPowerShell\\v1.0\\powershell.exe': 'powershell',
    'C:\\Program Files\\PowerShell\\7\\pwsh.exe': 'powershell',
    'C:\\Windows\\System32\\cmd.exe': 'cmd',
    'C:\\Program Files\\Git\\bin\\bash.exe': 'posix',
    '': 'posix',
  };
  for (const [path, kind] of Object.entries(kinds)) assert.equal(shellKind(path), kind, path);
});

/** Returns whether a shell or curl exists: some systems lack it. */
function hasProgram(name: string): boolean {
  return spawnSync(name, ['-c', 'true']).status !== null;
}

function request(changes: Partial<RecordedRequest>): RecordedRequest {
  return recordedRequest(ORIGIN, changes);
}
