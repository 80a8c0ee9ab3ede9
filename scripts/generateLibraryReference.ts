import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { globSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { TRANSPORTS } from '../src/kinds/transports.ts';
import { ensurePackagesInstalled } from '../test/support/installPackages.ts';
import { writeTypes } from './packageNpm.ts';
import { isStartedFile } from './startedFile.ts';

/** The path of the library's reference documentation, which is generated from the doc comments of the exports. */
export const LIBRARY_REFERENCE_FILE = 'docs/library-reference.md';
/**
 * The folder of TypeDoc and its own TypeScript. TypeDoc needs a TypeScript with a JavaScript API, which the project's
 * native compiler does not have.
 */
const TOOLS = resolve('test/package/tools');
const LOCK = join(TOOLS, 'package-lock.json');
const note = (inputs: string) =>
  `<!-- Written by npm run generate:library from the doc comments. Inputs: ${inputs} -->`;

/** Matches the list of all error codes, which TypeDoc writes at each use of the type `ErrorCode`. */
const ERROR_CODES = /(?:`"[A-Z_]+"`(?: \\\| )?){20,}/g;

/** The list of all transports, as TypeDoc writes it at each use of the type `TransportName`. */
const TRANSPORT_NAMES = TRANSPORTS.toSorted()
  .map((name) => `\`"${name}"\``)
  .join(' \\| ');

/**
 * Returns the text of {@link LIBRARY_REFERENCE_FILE}.
 * @param types the folder of the type declarations in the library's npm package
 * @throws Error with TypeDoc's messages, for example about an export without a doc comment, or about a type that
 * exports use and the library does not export
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
      requiredToBeDocumented: ['Class', 'Enum', 'Function', 'Interface', 'TypeAlias', 'Variable'],
      // TypeDoc must not report these constants as missing. The type `ErrorCode` contains the keys of the first one,
      // whose values, the error messages, are not part of the library's API. `TransportName` contains the values of the
      // other.
      intentionallyNotExported: ['ERROR_MESSAGES', 'TRANSPORTS'],
      treatWarningsAsErrors: true,
      logLevel: 'Warn',
    });
    runTypeDoc(options);
    const page = readFileSync(join(folder, 'out', 'README.md'), 'utf8');
    const body = page.slice(page.search(/^## /m));
    const linked = body
      .replace(ERROR_CODES, '[`ErrorCode`](#errorcode)')
      .replaceAll(TRANSPORT_NAMES, '[`TransportName`](#transportname)')
      .replace('*typeof* `TRANSPORTS`\\[`number`\\]', TRANSPORT_NAMES);
    return `# Library reference\n\n${note(inputsOf(types))}\n\n${linked.trim()}\n`;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/**
 * Throws an error if {@link LIBRARY_REFERENCE_FILE} is out of date. The file contains a hash of its inputs: TypeDoc
 * takes seconds, so it runs only if the hash has changed.
 */
export function checkLibraryReference(types: string): void {
  const written = readFileSync(LIBRARY_REFERENCE_FILE, 'utf8');
  if (written.includes(note(inputsOf(types)))) return;
  const withoutNote = (text: string) => text.replace(/^<!-- .*$/m, '');
  if (withoutNote(libraryReferenceText(types)) === withoutNote(written)) return;
  throw new Error(`${LIBRARY_REFERENCE_FILE} is out of date: run npm run generate:library`);
}

/** Returns a hash of everything from which the reference is generated: the declarations, this script, and its tools. */
function inputsOf(types: string): string {
  const hash = createHash('sha256');
  const declarations = globSync('**/*.d.ts', { cwd: types }).sort();
  for (const file of [...declarations.map((each) => join(types, each)), import.meta.filename, LOCK]) {
    hash.update(readFileSync(file));
  }
  return hash.digest('hex').slice(0, 16);
}

/** TypeDoc options for the layout: a single page, without navigation to other pages. */
const LOOK = {
  name: 'kube-port-forward',
  readme: 'none',
  router: 'module',
  groupOrder: ['Functions', 'Interfaces', 'Classes', 'Type Aliases'],
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
