import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { listFiles, PackageManager } from '@vscode/vsce';
import { buildBundles } from './build.ts';
import { makeExecutable } from './executableBits.ts';
import { type Listing, listingOf } from './gitRemote.ts';
import { isStartedFile } from './startedFile.ts';

const VSCE = join(import.meta.dirname, '..', 'node_modules', '@vscode', 'vsce', 'vsce');
/**
 * Matches a command in `bin` for Linux and macOS. Commands for Windows have a file extension and need no executable
 * bit.
 */
const COMMAND = /^bin\/[^.]+$/;
const SCREENSHOTS = 'media/screenshots/';

/**
 * Returns the paths of the files for the VSIX, relative to `folder`. `.vscodeignore` says which files to leave out.
 * Screenshots are included only if the README shows them.
 */
export async function packedFiles(folder: string): Promise<string[]> {
  const readme = readFileSync(join(folder, 'README.md'), 'utf8');
  const files = await listFiles({ cwd: folder, packageManager: PackageManager.None });
  return files.filter((file) => !file.startsWith(SCREENSHOTS) || readme.includes(file));
}

/**
 * Packs the built extension in `folder` into a VSIX, and returns the path of the VSIX. The web addresses in the VSIX
 * come from the git remote `origin`. If there is no such remote, the VSIX has no addresses, and `report` gets a
 * warning, line by line. Throws an error if vsce fails.
 */
export async function packageExtension(
  folder: string,
  { out, isPreRelease = false, report }: PackageOptions,
): Promise<string> {
  const listing = listingOf(folder);
  if (listing === undefined) {
    report(
      'No git remote "origin" with a web page: the package has no repository, bugs, or homepage address,',
    );
    report(
      'and its README shows pictures only next to the files. Add the remote "origin" before you publish.',
    );
  }
  const manifest = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  const vsix = resolve(folder, out ?? `${manifest.name}-${manifest.version}.vsix`);
  const staged = mkdtempSync(join(tmpdir(), 'kube-port-forward-package-'));
  try {
    const files = await packedFiles(folder);
    for (const file of ['.vscodeignore', ...files]) cpSync(join(folder, file), join(staged, file));
    writeFileSync(join(staged, 'package.json'), JSON.stringify(toPublished(manifest, listing), undefined, 2));
    pack(staged, ['--out', vsix, ...listingArguments(listing), ...(isPreRelease ? ['--pre-release'] : [])]);
    const commands = files.filter((file) => COMMAND.test(file));
    makeExecutable(
      vsix,
      commands.map((file) => `extension/${file}`),
    );
  } finally {
    rmSync(staged, { recursive: true, force: true });
  }
  return vsix;
}

export interface PackageOptions {
  /** The path of the VSIX. Optional, default `NAME-VERSION.vsix` in the folder. */
  readonly out?: string | undefined;
  /** Whether to mark the VSIX as a pre-release. Optional, default false. */
  readonly isPreRelease?: boolean;
  readonly report: (line: string) => void;
}

/** Returns the manifest for the VSIX. Adds the web addresses, and removes the scripts and the dependencies. */
function toPublished(manifest: Record<string, unknown>, listing: Listing | undefined): object {
  // All code is bundled, so the installed extension needs no scripts and no other packages.
  const { scripts: _scripts, devDependencies: _dev, optionalDependencies: _optional, ...rest } = manifest;
  if (listing === undefined) return rest;
  const { page } = listing;
  return {
    ...rest,
    repository: { type: 'git', url: `${page}.git` },
    bugs: { url: `${page}/issues` },
    homepage: `${page}#readme`,
  };
}

function listingArguments(listing: Listing | undefined): string[] {
  if (listing === undefined) return ['--allow-missing-repository', '--no-rewrite-relative-links'];
  return ['--baseContentUrl', listing.contentUrl, '--baseImagesUrl', listing.imagesUrl];
}

function pack(folder: string, vsceArguments: readonly string[]): void {
  const { status } = spawnSync(process.execPath, [VSCE, 'package', '--no-dependencies', ...vsceArguments], {
    cwd: folder,
    stdio: 'inherit',
  });
  if (status !== 0) throw new Error(`vsce package failed with status ${status}`);
}

if (isStartedFile(import.meta.url)) {
  const { values } = parseArgs({
    options: { out: { type: 'string', short: 'o' }, 'pre-release': { type: 'boolean', default: false } },
  });
  await buildBundles();
  await packageExtension(process.cwd(), {
    out: values.out,
    isPreRelease: values['pre-release'],
    report: (line) => process.stderr.write(`${line}\n`),
  });
}
