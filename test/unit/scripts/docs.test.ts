import assert from 'node:assert/strict';
import { existsSync, globSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { generatedFiles } from '../../../scripts/generate.ts';
import { ERROR_MESSAGES } from '../../../src/base/errors.ts';
import { countFields } from '../../../src/cli/listedForward.ts';
import { NO_TRAFFIC } from '../../../src/kinds/forwardCounters.ts';

test('docs/library.md shows every example as it is run', () => {
  const text = readFileSync('docs/library.md', 'utf8');
  for (const file of readdirSync('docs/examples')) {
    const example = readFileSync(`docs/examples/${file}`, 'utf8');
    assert.ok(text.includes(`\`\`\`js\n${example}\`\`\``), `${file} differs in docs/library.md`);
  }
});

test('each file with generated parts is what npm run generate writes', async () => {
  for (const [file, text] of await generatedFiles())
    assert.equal(readFileSync(file, 'utf8'), text, `${file} differs: run npm run generate`);
});

test('docs/terminal.md names each counter that list -o json prints', () => {
  const text = readFileSync('docs/terminal.md', 'utf8');
  for (const name of Object.keys(countFields(NO_TRAFFIC))) assert.ok(text.includes(`\`${name}\``), name);
});

test('README has at most 150 lines', () => {
  assert.ok(readFileSync('README.md', 'utf8').split('\n').length <= 150);
});

test('each link and picture of a page leads to a file, and to a heading if it has an anchor', () => {
  const docs = readdirSync('docs').flatMap((file) => (file.endsWith('.md') ? `docs/${file}` : []));
  for (const page of ['README.md', 'CHANGELOG.md', 'CONTRIBUTING.md', 'ARCHITECTURE.md', ...docs]) {
    for (const [, path = '', anchor] of readFileSync(page, 'utf8').matchAll(
      /\]\(([^)#:\s]*)(?:#([\w-]+))?\)/g,
    )) {
      const target = path === '' ? page : join(dirname(page), path);
      assert.ok(existsSync(target), `${page} links to ${target}`);
      if (anchor !== undefined)
        assert.ok(anchorsOf(target).includes(anchor), `${page} links to ${target}#${anchor}`);
    }
  }
});

for (const page of ['ARCHITECTURE.md', 'CONTRIBUTING.md']) {
  test(`each file, folder and name of the code in ${page} exists`, () => {
    const files = globSync('{*,{src,test,scripts,docs,l10n,.github}/**}', { exclude: ['**/node_modules'] });
    const paths = files.map((file) => file.replaceAll('\\', '/')).join('\n');
    const sources = files.filter((file) => file.endsWith('.ts')).map((file) => readFileSync(file, 'utf8'));
    const words = new Set(sources.join('\n').match(/\w+/g));
    const missing = codeIn(readFileSync(page, 'utf8')).filter((text) =>
      /^\w+$/.test(text) ? !words.has(text) : isPath(text) && !endOfPath(text).test(paths),
    );
    assert.deepEqual(missing, []);
  });
}

test('docs/troubleshooting.md lists every error code, and no code that does not exist', () => {
  const text = readFileSync('docs/troubleshooting.md', 'utf8');
  for (const [, code = ''] of text.matchAll(/`([A-Z]+_[A-Z_]+|TLS)`/g)) {
    assert.ok(code in ERROR_MESSAGES, code);
  }
  // STOPPED means that the user has stopped a forward. That is no problem, so the page need not list it.
  for (const code of Object.keys(ERROR_MESSAGES)) {
    assert.ok(code === 'STOPPED' || text.includes(`\`${code}\``), `${code} is missing`);
  }
});

/** Returns the texts of a page that are marked as code, and the names of classes in its flowcharts. */
function codeIn(text: string): readonly string[] {
  const charts = Array.from(
    text.matchAll(/```mermaid\nflowchart .*\n([^`]*)```/g),
    ([, chart = '']) => chart,
  );
  return [
    ...Array.from(text.matchAll(/`([^`\n]+)`/g), ([, code = '']) => code),
    ...charts.flatMap((chart) => chart.match(/\b[A-Z]\w+/g) ?? []),
  ];
}

/** Returns whether a text is the path of a file or folder of the repository, or the end of such a path. */
function isPath(text: string): boolean {
  return (
    /^[\w.*/-]+$/.test(text) && /^(src|test|scripts|docs|l10n|\.github)\/|\.(ts|json|md|yml)$|\/$/.test(text)
  );
}

/** Returns a pattern that finds this path at the end of a line. `*` matches any name. */
function endOfPath(path: string): RegExp {
  const pattern = path.replace(/\/$/, '').replaceAll('.', '\\.').replaceAll('*', '[^/]*');
  return new RegExp(`(^|/)${pattern}$`, 'm');
}

/** Returns the anchors of a page: those of its headings, as GitHub and VS Code write them, and the ids in its HTML. */
function anchorsOf(page: string): readonly string[] {
  const text = readFileSync(page, 'utf8');
  const counts = new Map<string, number>();
  const headings = [...text.matchAll(/^#+ (.*)$/gm)].map(([, heading = '']) => {
    const anchor = heading
      .toLowerCase()
      .replace(/[^\w\- ]/g, '')
      .replaceAll(' ', '-');
    const count = counts.get(anchor) ?? 0;
    counts.set(anchor, count + 1);
    return count === 0 ? anchor : `${anchor}-${count}`;
  });
  return [...headings, ...[...text.matchAll(/ (?:id|name)="([^"]+)"/g)].map(([, id = '']) => id)];
}
