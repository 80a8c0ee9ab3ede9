import { spawnSync } from 'node:child_process';

/** The web addresses in the extension's Marketplace page. They are derived from the address of a git remote. */
export interface Listing {
  /** The repository's page, `https://HOST/OWNER/NAME`. */
  readonly page: string;
  /** The README contains relative links to files of the repository. This is the base address for these links. */
  readonly contentUrl: string;
  /** The base address for the pictures in the README, which also have relative paths. */
  readonly imagesUrl: string;
}

// Matches an address such as `git@HOST:PATH`, which git uses like `ssh://git@HOST/PATH`.
const SCP_FORM = /^(?:[^@/]+@)?([^:/]+):(?!\/\/)(.+)$/;

/**
 * Returns the web addresses for the remote `origin` of the repository at `folder`. Returns undefined if there is no
 * remote `origin`, or if its address is a local path.
 */
export function listingOf(folder: string): Listing | undefined {
  const { stdout, status } = spawnSync('git', ['remote', 'get-url', 'origin'], {
    cwd: folder,
    encoding: 'utf8',
  });
  return status === 0 ? toListing(stdout.trim()) : undefined;
}

/**
 * Returns the web addresses for the address of a git remote. They do not contain credentials from that address. Returns
 * undefined if the address is a local path.
 */
export function toListing(remote: string): Listing | undefined {
  const page = toPage(remote);
  if (page === undefined) return undefined;
  const tree = new URL(page).hostname.includes('gitlab') ? `${page}/-` : page;
  return { page, contentUrl: `${tree}/blob/HEAD`, imagesUrl: `${tree}/raw/HEAD` };
}

function toPage(remote: string): string | undefined {
  const scp = SCP_FORM.exec(remote);
  const isWindowsPath = /^[A-Za-z]:[\\/]/.test(remote);
  const address = scp === null || isWindowsPath ? remote : `ssh://${scp[1]}/${scp[2]}`;
  if (!URL.canParse(address)) return undefined;
  const { protocol, hostname, pathname } = new URL(address);
  if (!['https:', 'http:', 'ssh:', 'git:'].includes(protocol)) return undefined;
  return `https://${hostname}${pathname.replace(/(\.git)?\/*$/, '')}`;
}
