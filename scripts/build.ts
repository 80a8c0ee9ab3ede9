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

/** Built-in Node modules that a program does not need when it starts. {@link LEAN_BUILTINS} loads them later. */
const LATE_MODULES: readonly string[] = ['node:v8', 'node:vm', 'node:zlib'];

/**
 * Makes programs start faster by loading some built-in Node modules with `process.getBuiltinModule`. An ES import would
 * read all exports of a module at the start, which loads undici for `node:http` and WebCrypto for `node:crypto`. The
 * {@link LATE_MODULES} are loaded when an export is first used.
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

/** The JavaScript version that the oldest supported Node can run, and the Node of VS Code too. */
const PROGRAM_TARGET = 'node22';

/**
 * The build options of the library, which runs in other programs, and of the demo cluster: ES modules with shared
 * chunks.
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
 * Makes the entry points of the terminal command and of the forward host load the file that {@link buildPrograms}
 * builds from `src/program.ts`. Both share this one file, so that the code that V8 compiles for it can be cached.
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
    // Converts `import()` of built-in Node modules to `require()`, which {@link loadCompiled} passes to the program.
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
 * Bundles the window as CommonJS: on busy cores, VS Code loads CommonJS more than twice as fast as ES modules. Modules
 * that are loaded with `import()` go into chunks. esbuild splits only ES modules, so each file is converted to CommonJS
 * after the split.
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

/** The build options of the webview pages. They run in a browser, separately from the window. */
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
 * Bundles every entry point of `src` into `dist`, and writes the notices of the bundled packages. Code that programs
 * share or load late goes into chunks. Returns the folders of the packages.
 */
export async function buildBundles(): Promise<string[]> {
  await rm('dist', { recursive: true, force: true });
  const results = await Promise.all([
    build({ ...PROGRAMS, entryPoints: ['src/demo.ts'] }),
    ...(await buildPrograms('dist')),
    // The window has its own build, so that it shares no chunks with the code for Kubernetes.
    buildWindow(),
    build(WEBVIEWS),
  ]);
  // The file contains only types, so it can serve as a declaration file without a build.
  await copyFile('src/ui/api/portForwardApi.ts', 'dist/api.d.ts');
  const packages = bundledPackages(results.flatMap(({ metafile }) => metafile ?? []));
  await writeFile(NOTICES_FILE, thirdPartyNotices(packages));
  return packages;
}

if (isStartedFile(import.meta.url)) await buildBundles();
