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

const PRIVATE_MODE = 0o700;
const ANY_ACCESS_OF_OTHERS = 0o077;
/** By then, the start is over. V8 later drops the code of functions that are no longer called. Milliseconds. */
const KEEP_DELAY_MS = 3_000;
/** Of SHA-256. */
const HASH_BYTES = 32;
const BUILD_CHARACTERS = 16;
/** How long the code of other versions is kept. Milliseconds. */
const OLD_MS = 30 * 24 * 60 * 60 * 1000;
/** As the build begins the file: the hash of its content. */
const CONTENT = /^\/\*(\w+)\*\//;

/** The stages of a program's run. Each stage runs functions that the stage before did not run. */
const STAGES = ['ready', 'used'] as const;
export type Stage = (typeof STAGES)[number];

/** A program that has been loaded. */
export interface CompiledProgram<Exports> {
  readonly exports: Exports;
  /** Keeps the code of all functions that have run, after three seconds or when the process ends. Does nothing if the code of this stage is already kept. */
  keepCode(stage: Stage): void;
}

/**
 * Loads a program with the code that V8 compiled in an earlier process. `module.enableCompileCache` keeps only the functions that run while a module
 * loads. This function keeps all functions that run until {@link CompiledProgram.keepCode}, which saves a third of the CPU time of a start. The code is in a folder that no other user can
 * enter, because it is run at the next start. Without such a folder, nothing is kept.
 * @param file a function of `require` and `module` that returns the exports, as `scripts/build.ts` writes it
 * @param name the name of the process's task: each task runs different functions
 */
export function loadCompiled<Exports>(file: string, name: string): CompiledProgram<Exports> {
  // The file is ASCII, and V8 keeps text with one byte per character without a conversion.
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
 * V8 checks the versions, the flags and the length of the source. The file name covers everything else, and has a value for each build of Node:
 * V8 also rejects the code of another build with the same V8, and two builds would replace each other's file at every start.
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

/** Returns the folder of compiled code. It has nothing else in it, because old files are removed. */
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

/** The XDG Base Directory Specification says that a relative path is invalid and ignored. */
function xdgCacheHome({ XDG_CACHE_HOME: path = '' }: EnvironmentVariables): string | undefined {
  return isAbsolute(path) ? path : undefined;
}

/** Creates the folder if needed. Returns true if only this user can enter it. */
function isOwn(folder: string): boolean {
  try {
    if (isRootInFolderOfOther(folder)) return false;
    mkdirSync(folder, { mode: PRIVATE_MODE, recursive: true });
    const status = lstatSync(folder);
    // Windows guards a user's own folder by itself.
    if (process.platform === 'win32') return status.isDirectory();
    const isPrivate = (status.mode & ANY_ACCESS_OF_OTHERS) === 0;
    return status.isDirectory() && status.uid === process.geteuid?.() && isPrivate;
  } catch {
    return false;
  }
}

/**
 * With `sudo`, HOME and XDG_CACHE_HOME may stay the user's: the user could not use a folder that root creates there, and could replace that
 * folder.
 */
function isRootInFolderOfOther(folder: string): boolean {
  return process.geteuid?.() === 0 && parents(folder).some((path) => ownerOf(path) !== 0);
}

function parents(path: string): readonly string[] {
  const parent = dirname(path);
  return parent === path ? [] : [parent, ...parents(parent)];
}

/** Root will own a folder that does not exist yet. */
function ownerOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.uid ?? 0;
}

/** V8 verifies no checksum, and crashes the process if the code is damaged. */
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

/** Returns a function that cancels the call. */
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

/** If the file cannot be written, the program runs without it. Nobody reads an incomplete file. */
function writeCache(file: string, data: Buffer): void {
  const unfinished = `${file}.${process.pid}`;
  try {
    writeFileSync(unfinished, Buffer.concat([hashOf(data), data]), { mode: 0o600 });
    renameSync(unfinished, file);
    removeOld(join(file, '..'));
  } catch {
    removeUnfinished(unfinished);
  }
}

/** The folder may have become one that this process cannot enter, such as a home on a network whose ticket has expired. */
function removeUnfinished(file: string): void {
  try {
    rmSync(file, { force: true });
  } catch {
    // Another start removes it when it is old.
  }
}

function removeOld(folder: string): void {
  for (const name of readdirSync(folder)) {
    const path = join(folder, name);
    if (Date.now() - statSync(path).mtimeMs > OLD_MS) rmSync(path, { recursive: true, force: true });
  }
}
