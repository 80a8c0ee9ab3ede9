import { copyFile, mkdir, rm, writeFile } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { type BuildOptions, type BuildResult, build, type Plugin, transform } from 'esbuild';
import { LEAN_CLIENT } from './leanClient.ts';
import { LEAN_COMMANDS } from './leanCommands.ts';
import { LEAN_RPC } from './leanRpc.ts';
import { isStartedFile } from './startedFile.ts';
import { bundledPackages, NOTICES_FILE, thirdPartyNotices } from './thirdPartyNotices.ts';

const SHARED: BuildOptions = {
  outdir: 'dist',
  bundle: true,
  platform: 'node',
  format: 'esm',
  minify: true,
  legalComments: 'none',
  logLevel: 'warning',
  metafile: true,
};

/** Built-in Node modules that the programs do not need when they start. {@link LEAN_BUILTINS} loads them later. */
const LATE_MODULES: readonly string[] = ['node:v8', 'node:vm', 'node:zlib'];

/**
 * Makes programs start faster. Replaces `import` of some built-in Node modules with `process.getBuiltinModule`. An
 * `import` would read all exports of the module. Some exports then load large parts of Node: undici for `node:http`,
 * and WebCrypto for `node:crypto`. The {@link LATE_MODULES} are loaded only when a program first uses one of their
 * exports.
 */
const LEAN_BUILTINS: Plugin = {
  name: 'lean-builtins',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^node:(crypto|http|v8|vm|zlib)$/ }, ({ path, kind }) =>
      kind === 'import-statement' ? { path, namespace: 'lean' } : undefined,
    );
    onLoad({ filter: /^/, namespace: 'lean' }, ({ path }) => ({ contents: leanModule(path) }));
  },
};

function leanModule(path: string): string {
  const load = `process.getBuiltinModule('${path}')`;
  if (!LATE_MODULES.includes(path)) return `module.exports = ${load};`;
  const names = Object.keys(process.getBuiltinModule(path) ?? {});
  return `module.exports = { ${names.map((name) => `get ${name}() { return ${load}.${name}; }`).join(', ')} };`;
}

/** The version for which esbuild writes JavaScript. It is the oldest Node that the project supports. */
const PROGRAM_TARGET = 'node22';

/**
 * The build options of the library, which other programs import, and of the demo cluster. The results are ES modules.
 * Code that several of them use, or that they load later, goes into chunks.
 */
export const PROGRAMS: BuildOptions & { readonly metafile: true } = {
  ...SHARED,
  metafile: true,
  target: PROGRAM_TARGET,
  splitting: true,
  plugins: [LEAN_BUILTINS, LEAN_CLIENT],
  chunkNames: 'chunks/[name]-[hash]',
  banner: {
    // Defines `require`, with which bundled CommonJS packages load built-in Node modules.
    js: "import{createRequire as bundleRequire}from'node:module';const require=bundleRequire(import.meta.url);",
  },
};

const PROGRAM_FILE = 'program.cjs';

/**
 * Makes the entry points of the terminal command and of the forward host load their code from one file. This is the
 * file that {@link buildPrograms} builds from `src/program.ts`. The programs store the compiled code of this file in a
 * cache, so that they start faster.
 */
const COMPILED_PROGRAM: Plugin = {
  name: 'compiled-program',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^\.\/program\.ts$/ }, ({ importer }) => ({
      path: basename(importer, '.ts'),
      namespace: 'compiled',
    }));
    onLoad({ filter: /^/, namespace: 'compiled' }, ({ path }) => ({
      resolveDir: 'src',
      contents: `
        import { join } from 'node:path';
        import { loadCompiled } from './base/compiledProgram.ts';
        const program = loadCompiled(join(import.meta.dirname, '${PROGRAM_FILE}'), '${path}');
        export const { loadCommand, loadHost } = program.exports;
        export const { keepCode } = program;`,
    }));
  },
};

/**
 * Bundles the terminal command and the forward host into `outdir`: two small entry points, and one file that both load.
 */
export async function buildPrograms(outdir: string): Promise<readonly BuildResult[]> {
  const entries = build({
    ...SHARED,
    outdir,
    // The entry points must run even in a Node that is too old, to report the required version. See
    // src/cli/nodeVersion.ts.
    target: 'node20',
    entryPoints: ['src/cli.ts', 'src/host.ts'],
    plugins: [COMPILED_PROGRAM, LEAN_BUILTINS],
  });
  const program = await build({
    ...SHARED,
    outdir,
    target: PROGRAM_TARGET,
    format: 'cjs',
    charset: 'ascii',
    metafile: true,
    write: false,
    entryPoints: ['src/program.ts'],
    outExtension: { '.js': '.cjs' },
    // Converts `import()` of built-in Node modules to `require()`. The function `loadCompiled` provides `require`, but
    // does not provide `import()`.
    supported: { 'dynamic-import': false },
    plugins: [LEAN_BUILTINS, LEAN_CLIENT],
  });
  for (const { path, hash, text } of program.outputFiles) {
    const content = hash.replaceAll(/\W/g, '');
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, `/*${content}*/(function (require, module) {${text}; return module.exports; })`);
  }
  return [await entries, program];
}

const WINDOW_TARGET = 'node22';

/**
 * Bundles the code that runs in a VS Code window. Writes CommonJS modules, because VS Code loads them more than twice
 * as fast as ES modules on a busy machine. Modules that are loaded with `import()` go into chunks. esbuild can write
 * chunks only for ES modules, so this function converts each file to CommonJS afterwards.
 */
async function buildWindow(): Promise<Pick<BuildResult<{ metafile: true }>, 'metafile'>> {
  const { metafile, outputFiles } = await build({
    ...SHARED,
    target: WINDOW_TARGET,
    splitting: true,
    metafile: true,
    write: false,
    plugins: [LEAN_COMMANDS, LEAN_RPC],
    entryPoints: { extension: 'src/extension.ts' },
    entryNames: '[name]',
    chunkNames: 'chunks/window-[name]-[hash]',
    outExtension: { '.js': '.cjs' },
    external: ['vscode'],
  });
  await Promise.all(
    outputFiles.map(async ({ path, text }) => {
      const { code } = await transform(text, {
        format: 'cjs',
        target: WINDOW_TARGET,
        minify: true,
        // Converts `import()` to `require()`. With `import()`, VS Code would load the chunk as an ES module.
        supported: { 'dynamic-import': false },
      });
      await mkdir(dirname(path), { recursive: true });
      await writeFile(path, code);
    }),
  );
  return { metafile };
}

/** The build options of the webview pages. Their code runs in a browser, separate from the code of the window. */
const WEBVIEWS: BuildOptions & { readonly metafile: true } = {
  ...SHARED,
  metafile: true,
  outdir: 'dist/webview',
  platform: 'browser',
  format: 'iife',
  // The Chromium version of the oldest VS Code that the extension supports.
  target: 'chrome138',
  entryPoints: [
    'src/webview/requests.ts',
    'src/webview/requests.css',
    'src/webview/traffic.ts',
    'src/webview/traffic.css',
  ],
};

/**
 * Bundles the extension, the terminal command, the forward host and the demo cluster into `dist`. Writes the licences
 * of the bundled packages into {@link NOTICES_FILE}. Returns the folders of these packages.
 */
export async function buildBundles(): Promise<string[]> {
  await rm('dist', { recursive: true, force: true });
  const results = await Promise.all([
    build({ ...PROGRAMS, entryPoints: ['src/demo.ts'] }),
    ...(await buildPrograms('dist')),
    // The window has a separate build. Otherwise, it would load chunks that also contain code for Kubernetes.
    buildWindow(),
    build(WEBVIEWS),
  ]);
  // This file contains only types, so a copy of it is a valid declaration file.
  await copyFile('src/ui/api/portForwardApi.ts', 'dist/api.d.ts');
  const packages = bundledPackages(results.flatMap(({ metafile }) => metafile ?? []));
  await writeFile(NOTICES_FILE, thirdPartyNotices(packages));
  return packages;
}

if (isStartedFile(import.meta.url)) await buildBundles();
