import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { test } from 'node:test';

/**
 * The imports that ARCHITECTURE.md allows for each layer: other layers, and packages by name. Every layer may also
 * import from itself and from Node.
 */
const ALLOWED: Readonly<Record<string, readonly string[]>> = Object.fromEntries(
  [...readFileSync('ARCHITECTURE.md', 'utf8').matchAll(/^\| `src\/(\w+)` \|.*\| ?([^|]*)\|$/gm)].map(
    ([, layer = '', names = '']) => [
      layer,
      names.trim() === '' ? [] : names.trim().replaceAll('`', '').split(', '),
    ],
  ),
);
const ENTRIES: Readonly<Record<string, readonly string[]>> = {
  'cli.ts': ['cli', 'program'],
  'demo.ts': ['demo', 'base'],
  'host.ts': ['program'],
  'program.ts': ['base', 'cli', 'host'],
  'library.ts': ['library', 'base', 'kinds', 'portforward', 'rest'],
  'extension.ts': ['ui', 'base', 'rpc', 'contributions', 'vscode'],
  'contributions.ts': [],
};
const IMPORT =
  /(?:import|export)\s+(?:type\s+)?[^'";]*?from\s+'([^']+)'|import\('([^']+)'\)|import\s+'([^']+)'/g;

/** Returns a path with slashes, as on every system but Windows. */
const withSlashes = (path: string): string => path.replaceAll('\\', '/');

/** Every file of `src` with its imports, types included. */
const IMPORTS: ReadonlyMap<string, readonly string[]> = new Map(
  globSync('src/**/*.ts')
    .map(withSlashes)
    .sort()
    .map((file) => [
      file,
      [...readFileSync(file, 'utf8').matchAll(IMPORT)].map((match) => match[1] ?? match[2] ?? match[3] ?? ''),
    ]),
);

test('every file imports only layers and packages that the table of ARCHITECTURE.md allows for its layer', () => {
  assert.ok(IMPORTS.size > 50 && Object.keys(ALLOWED).length > 10);
  assert.deepEqual(new Set(Object.keys(ALLOWED)), folders());
  const violations = [...IMPORTS].flatMap(([file, specifiers]) => {
    const path = withSlashes(relative('src', file));
    const isEntry = !path.includes('/');
    const layer = isEntry ? path : (path.split('/')[0] ?? '');
    const allowed = isEntry ? ENTRIES[path] : ALLOWED[layer];
    if (allowed === undefined) return [`${path}: ${layer} is not in the table`];
    return specifiers
      .map((specifier) => importedName(file, specifier))
      .filter((name) => name !== undefined && name !== layer && !allowed.includes(name))
      .map((name) => `${path} imports ${name}`);
  });
  assert.deepEqual(violations, []);
});

test('imports form no circle, not even those of types', () => {
  const targets = new Map(
    [...IMPORTS].map(([file, specifiers]) => [
      file,
      specifiers.filter((name) => name.startsWith('.')).map((name) => withSlashes(join(dirname(file), name))),
    ]),
  );
  // Removes every file that imports none of the remaining files, until nothing changes. What remains are the files of
  // circles, and files that import them.
  for (let before = -1; before !== targets.size; ) {
    before = targets.size;
    for (const [file, imported] of targets) {
      if (!imported.some((other) => targets.has(other))) targets.delete(file);
    }
  }
  const circles = [...targets].map(
    ([file, imported]) => `${file} → ${imported.filter((other) => targets.has(other)).join(', ')}`,
  );
  assert.deepEqual(circles, []);
});

test('tests and scripts use the demo cluster by its entry, apart from the tests of its parts', () => {
  const allowed = ['src/demo/entry.ts', 'src/demo/certificates.ts'];
  const files = globSync(['test/**/*.ts', 'scripts/**/*.ts'], {
    exclude: (path) => path.endsWith('node_modules'),
  }).map(withSlashes);
  const violations = files
    .filter((file) => !file.startsWith('test/unit/demo/'))
    .flatMap((file) => [...importedFiles(file)].map((imported) => [file, imported] as const))
    .filter(([, imported]) => imported.startsWith('src/demo/') && !allowed.includes(imported));
  assert.ok(files.length > 100);
  assert.deepEqual(violations, []);
});

test('the demo program of the extension has no fault switches for other processes', () => {
  const reached = new Set(['src/demo.ts']);
  for (const file of reached) for (const imported of importedFiles(file)) reached.add(imported);
  assert.ok(reached.has('src/demo/api/apiServer.ts'));
  assert.deepEqual(
    [...reached].filter((file) => /\/(entry|adminEndpoint|faultFormat)\.ts$/.test(file)),
    [],
  );
});

/** Returns the files of the repository that a file imports. */
function importedFiles(file: string): ReadonlySet<string> {
  const specifiers = [...readFileSync(file, 'utf8').matchAll(IMPORT)].map(
    (match) => match[1] ?? match[2] ?? match[3] ?? '',
  );
  return new Set(
    specifiers.filter((name) => name.startsWith('.')).map((name) => withSlashes(join(dirname(file), name))),
  );
}

/** Returns the existing layers. */
function folders(): ReadonlySet<string> {
  const paths = [...IMPORTS.keys()].map((file) => withSlashes(relative('src', file)).split('/'));
  return new Set(paths.filter(({ length }) => length > 1).map(([layer = '']) => layer));
}

/** Returns the layer or package of an import; undefined for Node's own modules and package.json. */
function importedName(file: string, specifier: string): string | undefined {
  if (specifier.startsWith('node:')) return undefined;
  if (!specifier.startsWith('.')) {
    const parts = specifier.split('/');
    return specifier.startsWith('@') ? parts.slice(0, 2).join('/') : parts[0];
  }
  const target = withSlashes(relative('src', join(dirname(file), specifier)));
  if (target.startsWith('..')) return target.endsWith('package.json') ? undefined : target;
  return target.includes('/') ? target.split('/')[0] : target.replace(/\.ts$/, '');
}

/** Names that two files export on purpose, each with the reason. */
const SHARED_NAMES: Readonly<Record<string, string>> = {
  ...Object.fromEntries(
    ['EndpointSlice', 'Namespace', 'Pod', 'ResourceTypes', 'Rollout', 'Service'].map((name) => [
      name,
      'the demo cluster serves the objects that src/kube reads, each with its own fields',
    ]),
  ),
  TransportName: 'the demo cluster imports nothing of the engine that it tests',
};

test('every exported name is declared in one file, so that it means one thing', () => {
  const files = new Map<string, Set<string>>();
  for (const file of IMPORTS.keys()) {
    const exported = readFileSync(file, 'utf8').matchAll(
      /^export (?:abstract |async |declare )*(?:const|let|function\*?|class|type|interface|enum) (\w+)/gm,
    );
    for (const [, name = ''] of exported) files.set(name, (files.get(name) ?? new Set()).add(file));
  }
  const repeated = [...files].filter(([, { size }]) => size > 1);
  assert.deepEqual(
    repeated.filter(([name]) => !(name in SHARED_NAMES)).map(([name, places]) => [name, ...places]),
    [],
  );
  const names = new Set(repeated.map(([name]) => name));
  assert.deepEqual(
    Object.keys(SHARED_NAMES).filter((name) => !names.has(name)),
    [],
    'the names above that are declared once',
  );
});
