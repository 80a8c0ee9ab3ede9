import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { test } from 'node:test';

/** Code that does not work on Windows: signals that a process could handle, file modes, and shell scripts. */
const POSIX_ONLY = /\.kill\((?:[^()]*, )?'SIG(?:INT|TERM|HUP)'\)|\.kill\(signal\)|\.mode & 0o|#!\/bin\/sh/;

/** Files that may contain such code, and why. */
const ALLOWED: Readonly<Record<string, string>> = {
  'test/support/askToEnd.ts': 'asks by a channel on Windows',
  'test/support/assertPrivate.ts': 'looks at no mode on Windows',
  'test/support/writeProgram.ts': 'writes a batch file on Windows',
  'test/support/kubectl.ts': 'kubectl may be killed',
  'test/integration/cli/cases/runCase.ts': 'kubectl may be killed',
  'test/integration/cli/completion.test.ts': 'left out on Windows',
  'test/integration/cli/hostileServer.test.ts': 'a host that is killed ends, too',
  'test/integration/cli/olderNode.test.ts': 'left out on Windows',
  'test/unit/host/keeperProcess.test.ts': 'left out on Windows',
  'test/unit/ui/manifest.test.ts': 'left out on Windows',
  'test/unit/windowsSafety.test.ts': 'names it',
};

test('tests that run on Windows rely on no signal, file mode or shell script', () => {
  const files = globSync('test/{unit,golden,integration,support}/**/*.ts').map((file) =>
    file.replaceAll('\\', '/'),
  );
  assert.ok(files.length > 200);
  const users = files.filter((file) => POSIX_ONLY.test(readFileSync(file, 'utf8')));
  const forbidden = users.filter((file) => !(file in ALLOWED));
  assert.deepEqual(forbidden, [], 'use askToEnd, assertPrivate and writeProgram of test/support');
  // Files that no longer contain such code must be removed from the list.
  const unused = Object.keys(ALLOWED).filter((file) => !users.includes(file));
  assert.deepEqual(unused, []);
});

test('no path of a URI is made by node:path, which writes backslashes on Windows', () => {
  const files = globSync('src/**/*.ts');
  assert.ok(files.length > 200);
  const users = files.filter((file) =>
    /\.with\(\{ path: (?:join|resolve)\(/.test(readFileSync(file, 'utf8')),
  );
  assert.deepEqual(users, [], 'use vscode.Uri.joinPath');
});
