import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, globSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { delimiter, dirname, join, resolve } from 'node:path';
import { text } from 'node:stream/consumers';
import { after, before, describe, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { checkLibraryReference } from '../../../scripts/generateLibraryReference.ts';
import { packageForNpm } from '../../../scripts/packageNpm.ts';
import { type DemoCluster, startDemoCluster } from '../../../src/demo/entry.ts';
import { ensurePackagesInstalled } from '../../support/installPackages.ts';
import { temporaryDirectory } from '../../support/temporaryDirectory.ts';
import { ensureWorkbenchInstalled } from '../../workbench/harness/installation.ts';

const TOOLS = resolve('test/package/tools');
const EXAMPLES = resolve('docs/examples');
const NAME = 'kube-port-forward';
const MAX_INSTALLED_BYTES = 3_000_000;
const OUTPUT_OF: Readonly<Record<string, RegExp>> = {
  'pod.mjs': /^200 ok\n+$/,
  'testSuite.mjs': /pass 1\n/,
  'migration.mjs': /^connected to the database\n$/,
  'several.mjs': /^(ready|stopping|stopped|localhost:\d+ -> \d+|\s)+$/,
  'streams.mjs': /^Forwarding from 127\.0\.0\.1:\d+ -> 80\n/,
  'awaitUsing.mjs': /^200\n$/,
};

/** The tests run only on Linux, because npm has packages of these Node versions only for some systems. */
const SKIP = process.platform === 'linux' ? false : 'the packaged Nodes run on Linux';

describe('the npm package', { skip: SKIP, concurrency: 2 }, () => {
  const owned = new AsyncDisposableStack();
  const nodes = { node22: join(TOOLS, 'node_modules', 'node22', 'bin', 'node'), node24: '' };
  let cluster: DemoCluster;
  let folder: string;
  let tarball: string;
  let installed: string;

  before(async () => {
    ensurePackagesInstalled(TOOLS);
    // Uses the Node 24 of the VS Code server, which the workbench tests need too, so that it is installed only once.
    nodes.node24 = ensureWorkbenchInstalled(() => {}).node;
    for (const [name, program] of Object.entries(nodes)) {
      const { stdout } = spawnSync(program, ['-v'], { encoding: 'utf8' });
      assert.equal(`node${/^v(\d+)/.exec(stdout)?.[1]}`, name);
    }
    cluster = owned.adopt(await startDemoCluster(), (each) => each.dispose());
    folder = owned.use(await temporaryDirectory()).path;
    installed = join(folder, 'node_modules', NAME);
    tarball = await packageForNpm(folder);
    writeFileSync(join(folder, 'package.json'), '{ "private": true, "type": "module" }');
    const before = nodeVersion(folder);
    npm('install', '--no-audit', '--no-fund', '--offline', tarball);
    assert.equal(nodeVersion(folder), before, 'the package brings a Node of its own');
    for (const example of Object.keys(OUTPUT_OF)) cpSync(join(EXAMPLES, example), join(folder, example));
  });
  after(() => owned.disposeAsync());

  for (const node of ['node22', 'node24'] as const) {
    for (const [example, expected] of Object.entries(OUTPUT_OF)) {
      // Node 22 cannot parse `await using`, so Node 24 runs that example. Node 22 runs all others.
      if ((node === 'node22') === (example === 'awaitUsing.mjs')) continue;
      test(`runs the example ${example} on ${node} unchanged, and the example ends`, async () => {
        const { status, out, err } = await run(node, [join(folder, example)]);
        assert.deepEqual({ status, err }, { status: 0, err: '' });
        assert.match(out, expected);
      });
    }

    test(`is required by a program without ES modules on ${node}`, async () => {
      writeFileSync(join(folder, 'program.cjs'), `console.log(typeof require('${NAME}').portForward)`);
      const { out } = await run(node, [join(folder, 'program.cjs')]);
      assert.equal(out, 'function\n');
    });

    test(`runs the terminal command on ${node}`, async () => {
      const { status, out } = await run(node, [join(installed, 'dist/cli.js'), '--version']);
      assert.deepEqual([status, out], [0, `${JSON.parse(readFileSync('package.json', 'utf8')).version}\n`]);
    });
  }

  for (const [module, moduleResolution] of [
    ['nodenext', 'nodenext'],
    ['preserve', 'bundler'],
  ]) {
    test(`has examples that type-check under strict with ${moduleResolution}`, () => {
      const { status, stdout } = spawnSync(
        process.execPath,
        [
          resolve('node_modules/typescript/bin/tsc'),
          ...['--noEmit', '--strict', '--allowJs', '--checkJs', '--skipLibCheck', 'false'],
          ...['--target', 'es2022', '--lib', 'es2022,esnext.disposable', '--module', module ?? ''],
          ...['--moduleResolution', moduleResolution ?? '', '--types', 'node'],
          ...['--typeRoots', join(TOOLS, 'node_modules', '@types'), ...Object.keys(OUTPUT_OF)],
        ],
        { cwd: folder, encoding: 'utf8' },
      );
      assert.deepEqual([status, stdout], [0, '']);
    });
  }

  for (const [type, module] of [
    ['module', 'nodenext'],
    ['commonjs', 'node16'],
  ] as const) {
    test(`has the types of the API with which the example extension type-checks as ${type} with ${module}`, () => {
      const extension = join(folder, type);
      cpSync(resolve('docs/exampleExtension'), extension, { recursive: true });
      const manifest = JSON.parse(readFileSync(join(extension, 'package.json'), 'utf8'));
      writeFileSync(join(extension, 'package.json'), JSON.stringify({ ...manifest, type }));
      const typeRoots = [join(TOOLS, 'node_modules', '@types'), resolve('node_modules/@types')].join();
      const { status, stdout } = spawnSync(
        process.execPath,
        [
          resolve('node_modules/typescript/bin/tsc'),
          ...['--noEmit', '--strict', '--target', 'es2024', '--module', module],
          ...['--typeRoots', typeRoots, '--types', 'node,vscode', 'extension.ts'],
        ],
        { cwd: extension, encoding: 'utf8' },
      );
      assert.deepEqual([status, stdout], [0, '']);
    });
  }

  test('has types that every module resolution finds', async () => {
    const { checkPackage, createPackageFromTarballData } = await tool('@arethetypeswrong/core/dist/index.js');
    const { types, problems } = await checkPackage(createPackageFromTarballData(readFileSync(tarball)));
    assert.equal(types.kind, 'included');
    // Allows this problem: CommonJS programs load the ES modules with `require`, which Node supports since 22.12.
    const others = problems.filter(({ kind }: { kind: string }) => kind !== 'CJSResolvesToESM');
    assert.deepEqual(others, []);
  });

  test('has a manifest without a publint error', async () => {
    const { publint } = await tool('publint/src/index-node.js');
    const { buffer } = new Uint8Array(readFileSync(tarball));
    const { messages } = await publint({ pack: { tarball: buffer }, strict: true });
    assert.deepEqual(messages, []);
  });

  test('has a doc comment on every export, and an up-to-date reference', () => {
    checkLibraryReference(join('npm', 'types'));
  });

  test('has no dependencies and no install scripts, and is small', () => {
    const manifest = JSON.parse(readFileSync(join(installed, 'package.json'), 'utf8'));
    for (const field of ['dependencies', 'optionalDependencies', 'scripts', 'contributes']) {
      assert.equal(manifest[field], undefined, field);
    }
    const bytes = files(installed).reduce((sum, file) => sum + statSync(join(installed, file)).size, 0);
    assert.ok(bytes < MAX_INSTALLED_BYTES, String(bytes));
  });

  test('contains no unneeded file', () => {
    const allowed =
      /^(package\.json|README\.md|LICENSE|THIRD_PARTY_NOTICES\.txt|dist\/(library|cli|host)\.js|dist\/program\.cjs|dist\/chunks\/[\w.-]+\.js|types\/src\/[\w./-]+\.d\.ts|vscode\/(package\.json|index\.d\.ts))$/;
    assert.deepEqual(
      files(installed).filter((file) => !allowed.test(file)),
      [],
    );
    const all = files(installed).filter((file) => file.endsWith('.js'));
    const texts = all.map((file) => readFileSync(join(installed, file), 'utf8')).join('\n');
    for (const file of all.filter((each) => each.includes('chunks/'))) {
      assert.ok(texts.includes(file.replace('dist/chunks/', '')), `${file} is imported by nothing`);
    }
  });

  function npm(...npmArguments: string[]): void {
    const { status, stderr } = spawnSync('npm', npmArguments, { cwd: folder, encoding: 'utf8' });
    assert.equal(status, 0, stderr);
  }

  async function run(node: keyof typeof nodes, nodeArguments: readonly string[]) {
    const { NODE_OPTIONS: _options, NODE_TEST_CONTEXT: _context, ...environment } = process.env;
    const child = spawn(nodes[node], nodeArguments, {
      cwd: folder,
      env: { ...environment, KUBECONFIG: cluster.kubeconfigPath, NODE_NO_WARNINGS: '1' },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const [out, err] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')]);
    return { status: child.exitCode, out, err };
  }
});

/** Returns the version of the Node that npm scripts in `folder` would use. npm searches `node_modules/.bin` first. */
function nodeVersion(folder: string): string {
  const path = [join(folder, 'node_modules', '.bin'), dirname(process.execPath)].join(delimiter);
  return spawnSync('node', ['-v'], { env: { PATH: path }, encoding: 'utf8' }).stdout;
}

/**
 * Imports a module of a package that checks this project's npm package. Such packages are installed in a separate
 * folder, so TypeScript does not know their types.
 */
async function tool(file: string) {
  return await import(pathToFileURL(join(TOOLS, 'node_modules', file)).href);
}

function files(folder: string): string[] {
  return globSync('**/*', { cwd: folder, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
    .filter((file) => !file.startsWith('node_modules'));
}
