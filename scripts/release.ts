import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { buildBundles } from './build.ts';
import { listingOf } from './gitRemote.ts';
import { packageExtension } from './package.ts';

// Packs the extension once, checks the release, and publishes the VSIX to the Marketplace and to Open VSX. With
// `--dry-run`, publishes nothing. CONTRIBUTING.md describes the steps before and after this script.

const OVSX = 'ovsx@1.4.0';
const MAX_VSIX_BYTES = 2_000_000;
/** Matches a publisher ID that the Marketplace accepts. */
const PUBLISHER = /^[a-z0-9][a-z0-9-]*$/i;

interface Check {
  readonly what: string;
  /** The problem and its solution. Undefined if the check has passed. */
  readonly problem: string | undefined;
}

const { values } = parseArgs({
  options: {
    'dry-run': { type: 'boolean', default: false },
    'pre-release': { type: 'boolean', default: false },
  },
});
const isDryRun = values['dry-run'];
const isPreRelease = values['pre-release'];
const folder = process.cwd();
const manifest = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));

await buildBundles();
const vsix = await packageExtension(folder, { isPreRelease, report: tell });
const checks = [...manifestChecks(), ...repositoryChecks(), ...readmeChecks(), sizeCheck()];
for (const { what, problem } of checks) tell(problem === undefined ? `✔ ${what}` : `✖ ${what}: ${problem}`);
const failed = checks.filter(({ problem }) => problem !== undefined).length;
if (failed > 0) {
  tell(`${failed} of ${checks.length} checks failed. Nothing was published.`);
  process.exit(1);
}
for (const [program, ...programArguments] of publishCommands()) run(program, programArguments);
if (isDryRun) tell('Dry run: nothing was published.');

function manifestChecks(): Check[] {
  const { version, publisher } = manifest;
  const changelog = readFileSync(join(folder, 'CHANGELOG.md'), 'utf8');
  const heading = new RegExp(`^## ${version.replaceAll('.', '\\.')} - \\d{4}-\\d\\d-\\d\\d$`, 'm');
  return [
    {
      what: `version ${version}`,
      problem: /^\d+\.\d+\.\d+$/.test(version) ? undefined : 'the Marketplace accepts only MAJOR.MINOR.PATCH',
    },
    {
      what: `publisher ${publisher}`,
      problem: PUBLISHER.test(publisher) ? undefined : 'set "publisher" in package.json to your publisher ID',
    },
    {
      what: 'CHANGELOG',
      problem: heading.test(changelog) ? undefined : `add the heading "## ${version} - YYYY-MM-DD"`,
    },
  ];
}

function repositoryChecks(): Check[] {
  const tag = `v${manifest.version}`;
  return [
    {
      what: 'repository address',
      problem:
        listingOf(folder) === undefined ? 'add the git remote "origin" of the public repository' : undefined,
    },
    {
      what: 'no uncommitted changes',
      problem:
        git('status', '--porcelain') === '' ? undefined : 'commit or discard your changes (see git status)',
    },
    {
      what: `tag ${tag}`,
      problem: git('tag', '--points-at', 'HEAD').split('\n').includes(tag)
        ? undefined
        : `tag the commit: git tag ${tag}`,
    },
  ];
}

/** Checks the pictures in the README. vsce rejects SVG pictures, and the Marketplace cannot show missing files. */
function readmeChecks(): Check[] {
  const readme = readFileSync(join(folder, 'README.md'), 'utf8');
  return [...readme.matchAll(/!\[[^\]]*\]\(([^)\s]+)\)/g)].map(([, path = '']) => ({
    what: `picture ${path}`,
    problem: problemOfPicture(path),
  }));
}

function problemOfPicture(path: string): string | undefined {
  if (path.endsWith('.svg')) return 'the Marketplace rejects SVG pictures, use PNG';
  return path.startsWith('https:') || existsSync(join(folder, path)) ? undefined : 'the file is missing';
}

function sizeCheck(): Check {
  const { size } = statSync(vsix);
  return {
    what: `${(size / 1e6).toFixed(2)} MB`,
    problem: size <= MAX_VSIX_BYTES ? undefined : `the limit is ${MAX_VSIX_BYTES / 1e6} MB`,
  };
}

/**
 * Returns the commands that publish the VSIX. For the Marketplace, a CI workflow uses its OpenID Connect token.
 * Everybody else sets the environment variable VSCE_PAT. For Open VSX, everybody sets OVSX_PAT.
 */
function publishCommands(): [string, ...string[]][] {
  const identity = process.env['VSCE_PAT'] === undefined && process.env['CI'] !== undefined ? ['--oidc'] : [];
  const preRelease = isPreRelease ? ['--pre-release'] : [];
  return [
    ['npx', 'vsce', 'publish', ...identity, ...preRelease, '--packagePath', vsix],
    ['npx', '--yes', OVSX, 'publish', ...preRelease, '--packagePath', vsix],
  ];
}

function run(program: string, programArguments: readonly string[]): void {
  tell(`${isDryRun ? 'Would run' : 'Running'}: ${[program, ...programArguments].join(' ')}`);
  if (isDryRun) return;
  const { status } = spawnSync(program, programArguments, {
    stdio: 'inherit',
    shell: process.platform === 'win32',
  });
  if (status !== 0) throw new Error(`${program} ${programArguments[0]} failed with status ${status}`);
}

function git(...gitArguments: string[]): string {
  const { stdout } = spawnSync('git', gitArguments, { cwd: folder, encoding: 'utf8' });
  return stdout.trim();
}

function tell(line: string): void {
  process.stderr.write(`${line}\n`);
}
