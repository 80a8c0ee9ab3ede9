import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { ensurePackagesInstalled } from '../test/support/installPackages.ts';
import { writeTypes } from './packageNpm.ts';
import { isStartedFile } from './startedFile.ts';

/** The reference of the library's exports, written from their doc comments. */
export const LIBRARY_REFERENCE_FILE = 'docs/library-reference.md';
/** TypeDoc needs a TypeScript with a JavaScript API. The project's own compiler is native and has none. */
const TOOLS = resolve('test/package/tools');
const NOTE = '<!-- Written by npm run generate:library from the doc comments. -->';

/**
 * Returns the text of {@link LIBRARY_REFERENCE_FILE}. @param types the folder of the library's declarations, as they are packed
 * @throws Error with TypeDoc's messages: about an export without a doc comment, or a type that an export mentions and nobody can import
 */
export function libraryReferenceText(types: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'kube-port-forward-reference-'));
  try {
    const entry = join(resolve(types), 'src', 'library.d.ts');
    const tsconfig = write(folder, 'tsconfig.json', {
      compilerOptions: {
        module: 'nodenext',
        strict: true,
        types: ['node'],
        typeRoots: [join(TOOLS, 'node_modules', '@types')],
      },
      files: [entry],
    });
    const options = write(folder, 'typedoc.json', {
      entryPoints: [entry],
      tsconfig,
      out: join(folder, 'out'),
      plugin: [join(TOOLS, 'node_modules', 'typedoc-plugin-markdown', 'dist', 'index.js')],
      ...LOOK,
      validation: { notExported: true, invalidLink: true, notDocumented: true },
      treatWarningsAsErrors: true,
      logLevel: 'Warn',
    });
    runTypeDoc(options);
    const page = readFileSync(join(folder, 'out', 'README.md'), 'utf8');
    const body = page.slice(page.search(/^## /m));
    return `# Library reference\n\n${NOTE}\n\n${body.trim()}\n`;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** One page, without what only a site of many pages needs. */
const LOOK = {
  name: 'kube-port-forward',
  readme: 'none',
  router: 'module',
  disableSources: true,
  disableGit: true,
  excludeExternals: true,
  excludePrivate: true,
  excludeProtected: true,
  githubPages: false,
  hideBreadcrumbs: true,
  hidePageHeader: true,
  interfacePropertiesFormat: 'table',
  parametersFormat: 'table',
  typeDeclarationFormat: 'table',
  classPropertiesFormat: 'table',
};

function runTypeDoc(options: string): void {
  const program = join(TOOLS, 'node_modules', 'typedoc', 'bin', 'typedoc');
  const { status, stdout, stderr } = spawnSync(process.execPath, [program, '--options', options], {
    encoding: 'utf8',
    env: { ...process.env, NO_COLOR: '1' },
  });
  if (status !== 0) throw new Error(`TypeDoc failed:\n${stdout}${stderr}`);
}

function write(folder: string, file: string, content: object): string {
  const path = join(folder, file);
  writeFileSync(path, JSON.stringify(content));
  return path;
}

if (isStartedFile(import.meta.url)) {
  ensurePackagesInstalled(TOOLS);
  writeTypes();
  writeFileSync(LIBRARY_REFERENCE_FILE, libraryReferenceText(join('npm', 'types')));
}
