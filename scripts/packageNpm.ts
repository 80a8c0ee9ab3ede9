import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { build } from 'esbuild';
import { buildPrograms, PROGRAMS } from './build.ts';
import { type Listing, listingOf } from './gitRemote.ts';
import { isStartedFile } from './startedFile.ts';
import { bundledPackages, NOTICES_FILE, thirdPartyNotices } from './thirdPartyNotices.ts';

/** The folder that is packed. {@link packageForNpm} deletes its old content first. */
const FOLDER = 'npm';
const VSCODE_FOLDER = 'vscode';
const TYPES_CONFIG = 'tsconfig.library.json';
const RELATIVE_IMPORT = /(from |import\()(['"])(\.{1,2}\/[^'"]+)\.ts\2/g;

/**
 * Writes the npm package, with the library and the terminal command, into the folder `npm` and packs it. Returns the
 * path of the tarball. The package has its own manifest, because the manifest in the project's root is that of the VS
 * Code extension.
 */
export async function packageForNpm(out = '.'): Promise<string> {
  rmSync(FOLDER, { recursive: true, force: true });
  const packages = await bundleForNpm(join(FOLDER, 'dist'));
  writeTypes();
  writeVscodeTypes();
  const manifest = JSON.parse(readFileSync('package.json', 'utf8'));
  write('package.json', `${JSON.stringify(toPublished(manifest, listingOf('.')), undefined, 2)}\n`);
  write(NOTICES_FILE, thirdPartyNotices(packages));
  cpSync('docs/npm.md', join(FOLDER, 'README.md'));
  cpSync('LICENSE', join(FOLDER, 'LICENSE'));
  run('npm', ['pack', `./${FOLDER}`, '--pack-destination', out, '--loglevel=error']);
  return resolve(out, `${manifest.name}-${manifest.version}.tgz`);
}

/** Bundles the npm package's programs into `outdir`. Returns the folders of the bundled packages. */
export async function bundleForNpm(outdir: string): Promise<string[]> {
  const library = await build({ ...PROGRAMS, entryPoints: ['src/library.ts'], outdir });
  const programs = await buildPrograms(outdir);
  return bundledPackages([library, ...programs].flatMap(({ metafile }) => metafile ?? []));
}

/** Returns the manifest of the npm package, without dependencies, scripts and the parts for VS Code. */
function toPublished(manifest: Record<string, unknown>, listing: Listing | undefined): object {
  const { name, version, license, keywords } = manifest;
  return {
    name,
    version,
    description:
      'Forward local TCP ports to Kubernetes pods, services and workloads, from a program or a terminal.',
    license,
    keywords,
    ...(listing !== undefined && {
      repository: { type: 'git', url: `git+${listing.page}.git` },
      bugs: `${listing.page}/issues`,
      homepage: `${listing.page}#readme`,
    }),
    type: 'module',
    engines: { node: '>=22.19' },
    main: './dist/library.js',
    types: './types/src/library.d.ts',
    exports: {
      '.': { types: './types/src/library.d.ts', default: './dist/library.js' },
      './vscode': { types: `./${VSCODE_FOLDER}/index.d.ts` },
      './package.json': './package.json',
    },
    bin: { 'kube-port-forward': './dist/cli.js' },
    peerDependencies: { '@kubernetes/client-node': '>=1' },
    peerDependenciesMeta: { '@kubernetes/client-node': { optional: true } },
  };
}

/**
 * Writes the type declarations of the library, and of all modules that these declarations import. Writes no
 * declarations of other modules.
 */
export function writeTypes(): void {
  run(process.execPath, [join('node_modules', 'typescript', 'bin', 'tsc'), '-p', TYPES_CONFIG]);
  const types = join(FOLDER, 'types');
  const needed = new Map<string, string>();
  const open = [join(types, 'src', 'library.d.ts')];
  for (let path = open.pop(); path !== undefined; path = open.pop()) {
    if (needed.has(path)) continue;
    const text = readFileSync(path, 'utf8');
    for (const [, , , target = ''] of text.matchAll(RELATIVE_IMPORT))
      open.push(join(dirname(path), `${target}.d.ts`));
    needed.set(path, text.replace(RELATIVE_IMPORT, '$1$2$3.js$2'));
  }
  rmSync(types, { recursive: true });
  for (const [path, text] of needed) {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
  }
}

/**
 * Writes the types of the VS Code extension's API into a separate folder, for other extensions. The folder has a
 * `package.json` that makes it CommonJS, because most extensions are CommonJS, and TypeScript does not let them import
 * the types of an ES module. Older module resolutions, which ignore `exports`, find the types by the path of the
 * folder.
 */
function writeVscodeTypes(): void {
  const folder = join(FOLDER, VSCODE_FOLDER);
  mkdirSync(folder);
  cpSync('src/ui/api/portForwardApi.ts', join(folder, 'index.d.ts'));
  write(join(VSCODE_FOLDER, 'package.json'), '{ "type": "commonjs", "types": "./index.d.ts" }\n');
}

function write(file: string, text: string): void {
  writeFileSync(join(FOLDER, file), text);
}

function run(program: string, programArguments: readonly string[]): void {
  const { status } = spawnSync(program, programArguments, {
    stdio: ['ignore', 2, 2],
    shell: process.platform === 'win32',
  });
  if (status !== 0) throw new Error(`${program} ${programArguments.join(' ')} failed with status ${status}`);
}

if (isStartedFile(import.meta.url)) {
  const { values } = parseArgs({ options: { out: { type: 'string', short: 'o', default: '.' } } });
  if (!existsSync(values.out)) mkdirSync(values.out, { recursive: true });
  process.stdout.write(`${await packageForNpm(values.out)}\n`);
}
