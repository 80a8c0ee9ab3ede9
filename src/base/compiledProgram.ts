import { hash } from 'node:crypto';
import {
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, isAbsolute, join } from 'node:path';
import { Script } from 'node:vm';
import type { EnvironmentVariables } from './environment.ts';
import { homeFolder } from './homeFolder.ts';
import { folderProblem, PRIVATE_FILE_MODE, PRIVATE_FOLDER_MODE } from './privateFiles.ts';

/**
 * The time from a call to `keepCode` until the compiled code is written, in milliseconds. After a shorter time, writing
 * would slow down the start of the program. After a longer time, V8 would have dropped the code of functions that are
 * no longer called.
 */
const KEEP_DELAY_MS = 3_000;
/** The length of the SHA-256 hash that precedes the compiled code in a file. */
const HASH_BYTES = 32;
const BUILD_CHARACTERS = 16;
/**
 * The age at which a file with compiled code is removed, in milliseconds. A file of this age probably belongs to an old
 * version of the program.
 */
const OLD_MS = 30 * 24 * 60 * 60 * 1000;
/**
 * Matches the comment at the beginning of the program's file. The build writes a hash of the program into the comment,
 * and this hash becomes part of the name of the file with the compiled code.
 */
const CONTENT = /^\/\*(\w+)\*\//;

/**
 * The moments at which the compiled code is stored. `ready`: the forward host, or the forward of a terminal command, is
 * ready. `used`: the first TCP connection through the forward has ended. At `used`, more functions have run than at
 * `ready`, so the stored code contains more functions.
 */
const STAGES = ['ready', 'used'] as const;
export type Stage = (typeof STAGES)[number];

/** A loaded program, and the function that stores its compiled code for the next start. */
export interface CompiledProgram<Exports> {
  readonly exports: Exports;
  /**
   * Stores, in a file, the compiled code of all functions that have run. Does this after {@link KEEP_DELAY_MS}, or when
   * the process ends, if that is earlier. Does nothing if the code of this stage or of a later stage is already stored.
   */
  keepCode(stage: Stage): void;
}

/**
 * Loads a program. If an earlier process has stored compiled code with {@link CompiledProgram.keepCode}, V8 uses this
 * code instead of compiling the program again. The stored code contains all functions that ran in the earlier process.
 * Node's `module.enableCompileCache` would store only the functions that run while a module loads: with it, the
 * terminal command needs 135 ms of CPU time to start, and with the code of `keepCode` only 97 ms
 * (`docs/performance.md`). The code is stored in a folder that no other user can enter, because the next start executes
 * the code. Without such a folder, nothing is stored.
 * @param file the path of the script that `scripts/build.ts` writes. The script evaluates to a function that takes
 *   `require` and `module`, and returns the exports
 * @param name `cli` for the terminal command or `host` for the forward host. Each of the two has its own stored code,
 *   because each runs different functions of the program
 */
export function loadCompiled<Exports>(file: string, name: string): CompiledProgram<Exports> {
  // The file is ASCII. Read as Latin-1, it becomes a string with one byte per character, which V8 uses without a
  // conversion.
  const source = readFileSync(file, 'latin1');
  const cache = cacheFile(source, name);
  const kept = cache === undefined ? undefined : readBest(cache);
  const script = new Script(source, { filename: file, ...(kept && { cachedData: kept.data }) });
  let best = kept === undefined || script.cachedDataRejected ? -1 : STAGES.indexOf(kept.stage);
  let cancel = () => {};
  return {
    exports: script.runInThisContext()(createRequire(file), { exports: {} }),
    keepCode(stage) {
      if (cache === undefined || STAGES.indexOf(stage) <= best) return;
      best = STAGES.indexOf(stage);
      cancel();
      cancel = soonOrAtExit(() => writeCache(`${cache}-${stage}`, script.createCachedData()));
    },
  };
}

function readBest(cache: string): { readonly stage: Stage; readonly data: Buffer } | undefined {
  for (const stage of STAGES.toReversed()) {
    const data = readCache(`${cache}-${stage}`);
    if (data !== undefined) return { stage, data };
  }
  return undefined;
}

/**
 * Returns the path of the file with the compiled code, without the name of the stage, which the callers append. Returns
 * undefined if nothing can be stored. The name contains a hash of the program, because V8 itself checks only the length
 * of the source. The name also contains a hash of the build of Node, because V8 rejects the code of another build. If
 * two builds shared a file, each would replace the file at every start.
 */
function cacheFile(source: string, name: string): string | undefined {
  const content = CONTENT.exec(source)?.[1];
  const folder = compiledCodeFolder();
  if (content === undefined || !isOwn(folder)) return undefined;
  return join(folder, `${name}-${content}-${buildOfNode()}`);
}

function buildOfNode(): string {
  const { versions, config, arch } = process;
  return hash('sha256', JSON.stringify([versions, config, arch])).slice(0, BUILD_CHARACTERS);
}

/**
 * Returns the folder for compiled code. The folder must contain nothing else, because `removeOld` removes every old
 * file in it.
 */
export function compiledCodeFolder(
  platform: NodeJS.Platform = process.platform,
  environment: EnvironmentVariables = process.env,
): string {
  const home = homeFolder();
  switch (platform) {
    case 'win32':
      return join(home, 'AppData', 'Local', 'kube-port-forward', 'compiled');
    case 'darwin':
      return join(home, 'Library', 'Caches', 'kube-port-forward', 'compiled');
    default:
      return join(xdgCacheHome(environment) ?? join(home, '.cache'), 'kube-port-forward');
  }
}

/**
 * Returns XDG_CACHE_HOME if it is an absolute path. The XDG Base Directory Specification says that a relative path is
 * to be ignored.
 */
function xdgCacheHome({ XDG_CACHE_HOME: path = '' }: EnvironmentVariables): string | undefined {
  return isAbsolute(path) ? path : undefined;
}

/** Creates the folder if needed. Returns true if only this user can enter it. */
function isOwn(folder: string): boolean {
  try {
    if (isRootInFolderOfOther(folder)) return false;
    mkdirSync(folder, { mode: PRIVATE_FOLDER_MODE, recursive: true });
    return folderProblem(lstatSync(folder)) === undefined;
  } catch {
    return false;
  }
}

/**
 * Returns true if this process runs as root and the folder is inside a folder of another user: with `sudo`, HOME and
 * XDG_CACHE_HOME may still be those of the user who ran `sudo`. In this case nothing is stored, for two reasons. That
 * user could replace the stored code, which root would execute. Also, that user could not write to folders that root
 * creates.
 */
function isRootInFolderOfOther(folder: string): boolean {
  return process.geteuid?.() === 0 && parents(folder).some((path) => ownerOf(path) !== 0);
}

function parents(path: string): readonly string[] {
  const parent = dirname(path);
  return parent === path ? [] : [parent, ...parents(parent)];
}

/** Returns the user ID of the owner. If the folder does not exist yet, returns 0, because root will create it. */
function ownerOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.uid ?? 0;
}

/**
 * Returns the compiled code in a file; undefined if its hash is wrong. V8 does not verify a checksum, and damaged code
 * would crash the process.
 */
function readCache(file: string): Buffer | undefined {
  try {
    const content = readFileSync(file);
    const data = content.subarray(HASH_BYTES);
    return content.subarray(0, HASH_BYTES).equals(hashOf(data)) ? data : undefined;
  } catch {
    return undefined;
  }
}

function hashOf(data: Buffer): Buffer {
  return hash('sha256', data, 'buffer');
}

/**
 * Calls `call` after {@link KEEP_DELAY_MS}, or when the process ends, if that is earlier. Returns a function that
 * cancels the call.
 */
function soonOrAtExit(call: () => void): () => void {
  const cancel = () => {
    clearTimeout(timer);
    process.off('exit', callOnce);
  };
  const callOnce = () => {
    cancel();
    call();
  };
  const timer = setTimeout(callOnce, KEEP_DELAY_MS);
  timer.unref();
  process.once('exit', callOnce);
  return cancel;
}

/**
 * Writes the file under another name and renames it, so that no process reads an incomplete file. Ignores errors,
 * because the program also runs without the file.
 */
function writeCache(file: string, data: Buffer): void {
  const unfinished = `${file}.${process.pid}`;
  try {
    writeFileSync(unfinished, Buffer.concat([hashOf(data), data]), { mode: PRIVATE_FILE_MODE });
    renameSync(unfinished, file);
    removeOld(join(file, '..'));
  } catch {
    removeUnfinished(unfinished);
  }
}

/**
 * Removes the file. Ignores errors: this process may have lost access to the folder, for example to a network home
 * after the login has expired.
 */
function removeUnfinished(file: string): void {
  try {
    rmSync(file, { force: true });
  } catch {
    // Leaves the file where it is. A later start of the program removes the file when it is old.
  }
}

function removeOld(folder: string): void {
  for (const name of readdirSync(folder)) {
    const path = join(folder, name);
    if (Date.now() - statSync(path).mtimeMs > OLD_MS) rmSync(path, { recursive: true, force: true });
  }
}
