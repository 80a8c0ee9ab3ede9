import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Metafile } from 'esbuild';

/** The path of the file with the licences of all bundled packages, relative to the root of the project. */
export const NOTICES_FILE = 'THIRD_PARTY_NOTICES.txt';

const LICENSE_FILE = /^(licen[cs]e|copying|notice)([.-].*)?$/i;
const PACKAGE_FOLDER = /^(?:.*\/)?node_modules\/(?:@[^/]+\/)?[^/]+/;
const RULE = '-'.repeat(80);

/** Returns the folders of the packages that esbuild put into the bundles, sorted, such as `node_modules/socks`. */
export function bundledPackages(metafiles: readonly Metafile[]): string[] {
  const folders = new Set<string>();
  for (const { outputs } of metafiles) {
    for (const { inputs } of Object.values(outputs)) {
      for (const [path, { bytesInOutput }] of Object.entries(inputs)) {
        const folder = PACKAGE_FOLDER.exec(path.replaceAll('\\', '/'))?.[0];
        if (folder !== undefined && bytesInOutput > 0) folders.add(folder);
      }
    }
  }
  return [...folders].sort();
}

/**
 * Returns the notices for the packages in `folders`: name, version, licence, and the text of each licence file.
 * Throws an error for a package that states no licence.
 */
export function thirdPartyNotices(folders: readonly string[]): string {
  return [
    'Kubernetes Port Forward includes the following third-party software.\n',
    ...folders.map(noticeOf),
  ].join('\n');
}

function noticeOf(folder: string): string {
  const { name, version, license } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  const texts = readdirSync(folder)
    .filter((file) => LICENSE_FILE.test(file))
    .sort()
    .map((file) => readFileSync(join(folder, file), 'utf8').trim());
  if (typeof license !== 'string' || texts.length === 0) {
    throw new Error(`${name} is bundled, but its package has no licence text`);
  }
  return [RULE, `${name} ${version} (${license})`, '', ...texts, ''].join('\n');
}
