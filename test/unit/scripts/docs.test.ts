import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { generatedFiles } from '../../../scripts/generate.ts';
import { ERROR_MESSAGES } from '../../../src/base/errors.ts';

test('docs/library.md shows every example as it is run', () => {
  const text = readFileSync('docs/library.md', 'utf8');
  for (const file of readdirSync('docs/examples')) {
    const example = readFileSync(`docs/examples/${file}`, 'utf8');
    assert.ok(text.includes(`\`\`\`js\n${example}\`\`\``), `${file} differs in docs/library.md`);
  }
});

test('package.json, its strings, the IDs of the commands and the reference page are what npm run generate writes', async () => {
  for (const [file, text] of await generatedFiles())
    assert.equal(readFileSync(file, 'utf8'), text, `${file} differs: run npm run generate`);
});

test('README has at most 150 lines, and each of its links and pictures leads to a file', () => {
  const readme = readFileSync('README.md', 'utf8');
  assert.ok(readme.split('\n').length <= 150);
  for (const page of [
    'README.md',
    ...readdirSync('docs').flatMap((file) => (file.endsWith('.md') ? `docs/${file}` : [])),
  ]) {
    for (const [, target = ''] of readFileSync(page, 'utf8').matchAll(/\]\(([^)#:\s]+)(?:#[\w-]+)?\)/g)) {
      assert.ok(existsSync(join(dirname(page), target)), `${page} links to ${target}`);
    }
  }
});

test('docs/troubleshooting.md lists no code that does not exist', () => {
  const listed = readFileSync('docs/troubleshooting.md', 'utf8').matchAll(/`([A-Z]+_[A-Z_]+|TLS)`/g);
  for (const [, code = ''] of listed) assert.ok(code in ERROR_MESSAGES, code);
});
