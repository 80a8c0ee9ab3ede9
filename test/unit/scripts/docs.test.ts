import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';

test('docs/library.md shows every example as it is run', () => {
  const text = readFileSync('docs/library.md', 'utf8');
  for (const file of readdirSync('docs/examples')) {
    const example = readFileSync(`docs/examples/${file}`, 'utf8');
    assert.ok(text.includes(`\`\`\`js\n${example}\`\`\``), `${file} differs in docs/library.md`);
  }
});
