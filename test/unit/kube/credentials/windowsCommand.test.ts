import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { findWindowsCommand, quoteBatchArgument } from '../../../../src/kube/credentials/windowsCommand.ts';
import { assertQuick } from '../../../support/assertQuick.ts';

const ENVIRONMENT = {
  // As on Windows: the case of names varies, and folders may be in quotes because of a semicolon or a space.
  Path: 'C:\\Windows\\system32;"C:\\Program Files\\Amazon";.;C:\\Python',
  PathExt: '.COM;.EXE;.BAT;.CMD;.VBS;.PY',
  SystemRoot: 'D:\\Windows',
};

/** Finds a command among exactly these files. */
function find(files: readonly string[], command: string, args: readonly string[] = [], environment = {}) {
  const isFile = async (path: string) => files.some((file) => file.toLowerCase() === path.toLowerCase());
  return findWindowsCommand(command, args, { ...ENVIRONMENT, ...environment }, isFile);
}

/** Returns the argument of `cmd.exe` after `/c`. */
async function lineFor(path: string, args: readonly string[]): Promise<string> {
  const found = await find([path], path, args);
  assert.ok(found.type === 'found', found.type);
  assert.equal(found.file, 'D:\\Windows\\System32\\cmd.exe');
  assert.deepEqual(found.arguments.slice(0, -1), ['/d', '/v:off', '/s', '/c']);
  assert.equal(found.isVerbatim, true);
  return found.arguments.at(-1) ?? '';
}

suite('a bare name on Windows', () => {
  test('is looked up in the folders of Path, with the extensions of PathExt in their order', async () => {
    const files = [
      'C:\\Python\\aws.exe',
      'C:\\Program Files\\Amazon\\aws.cmd',
      'C:\\Program Files\\Amazon\\aws.exe',
    ];
    const found = await find(files, 'aws', ['eks']);
    assert.deepEqual(found, {
      type: 'found',
      file: 'C:\\Program Files\\Amazon\\aws.exe',
      arguments: ['eks'],
      isVerbatim: false,
    });
  });

  test('is found as a batch file, which cmd.exe runs', async () => {
    const found = await find(['C:\\Python\\aws.cmd'], 'aws', ['eks', 'get-token']);
    assert.ok(found.type === 'found');
    assert.equal(found.arguments.at(-1), '""C:\\Python\\aws.cmd" eks get-token"');
  });

  test('is found with an extension of its own, and with a dot in its name', async () => {
    assert.equal((await find(['C:\\Python\\aws.cmd'], 'AWS.CMD')).type, 'found');
    assert.equal((await find(['C:\\Python\\kubelogin-v1.2.exe'], 'kubelogin-v1.2')).type, 'found');
  });

  test('is never looked up in the current folder', async () => {
    assert.deepEqual(await find(['aws.exe', '.\\aws.exe'], 'aws'), { type: 'missing' });
  });

  test('is missing if only a script has it, which Windows cannot start by itself', async () => {
    assert.deepEqual(await find(['C:\\Python\\aws.py', 'C:\\Python\\aws'], 'aws'), { type: 'missing' });
  });

  test('is found without PathExt in the environment', async () => {
    assert.equal((await find(['C:\\Python\\aws.cmd'], 'aws', [], { PathExt: '' })).type, 'found');
  });
});

suite('a path on Windows', () => {
  test('is used unchanged, or with an extension', async () => {
    assert.equal((await find(['C:\\gke\\gcloud.cmd'], 'C:\\gke\\gcloud.cmd')).type, 'found');
    assert.equal((await find(['C:\\gke\\gcloud.cmd'], 'C:/gke/gcloud')).type, 'found');
    assert.deepEqual(await find(['C:\\Python\\gcloud.cmd'], 'C:\\gke\\gcloud'), { type: 'missing' });
  });
});

suite('the arguments of a batch file', () => {
  test('are quoted if cmd.exe would read them differently', async () => {
    const args = ['get-token', '--region=eu-1', 'a b', 'a&b', 'a|b>c<d^e', '(x)', '', "it's", 'a,b;c', '!x!'];
    const line = await lineFor('C:\\p q\\aws.cmd', args);
    const expected = 'get-token "--region=eu-1" "a b" "a&b" "a|b>c<d^e" "(x)" "" "it\'s" "a,b;c" "!x!"';
    assert.equal(line, `""C:\\p q\\aws.cmd" ${expected}"`);
  });

  test('keep a backslash at their end, which would hide the quote from the program behind the file', async () => {
    assert.equal(
      await lineFor('C:\\aws.cmd', ['C:\\a b\\', 'C:\\a\\']),
      '""C:\\aws.cmd" "C:\\a b\\\\" C:\\a\\"',
    );
  });

  for (const argument of ['%PATH%', '100%', 'say "hi"', 'two\nlines', 'two\r\nlines', 'nul\0']) {
    test(`are refused with ${JSON.stringify(argument)}, which no quoting keeps from cmd.exe`, async () => {
      assert.deepEqual(await find(['C:\\aws.bat'], 'C:\\aws.bat', [argument]), { type: 'unquotable' });
      const program = await find(['C:\\aws.exe'], 'C:\\aws.exe', [argument]);
      assert.equal(program.type, 'found', 'a program takes it');
    });
  }

  test('take no time that grows with the square of their backslashes', () => {
    const argument = `${'\\'.repeat(500_000)} x`;
    assert.ok(assertQuick('backslashes', () => quoteBatchArgument(argument)) === `"${argument}"`);
  });

  test('are refused with a path that has a percent sign', async () => {
    assert.deepEqual(await find(['C:\\%x%\\aws.bat'], 'C:\\%x%\\aws.bat'), { type: 'unquotable' });
  });
});
