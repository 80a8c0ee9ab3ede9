import { readFileSync, writeFileSync } from 'node:fs';

// Signatures of the ZIP format (APPNOTE.TXT, sections 4.3.12 and 4.3.16).
const END_SIGNATURE = 0x06054b50;
const END_SIZE = 22;
const ENTRY_SIGNATURE = 0x02014b50;
const ENTRY_SIZE = 46;
const UNIX = 3;
/** The file mode of a regular file that everybody may read and run: `S_IFREG` and 0755. */
const EXECUTABLE_MODE = 0o100755;

/**
 * Makes files in a ZIP archive executable. Windows has no executable bit. Without this function, the commands in an
 * archive that was created on Windows would not run on Linux and macOS.
 * @param names the paths of the files in the archive
 * @throws Error if a file is not in the archive
 */
export function makeExecutable(path: string, names: readonly string[]): void {
  const zip = readFileSync(path);
  const missing = new Set(names);
  const end = zip.lastIndexOf(Buffer.from([0x50, 0x4b, 0x05, 0x06]));
  if (end < 0 || end + END_SIZE > zip.length || zip.readUInt32LE(end) !== END_SIGNATURE)
    throw new Error(`${path} is not a ZIP archive`);
  let at = zip.readUInt32LE(end + 16);
  for (let count = zip.readUInt16LE(end + 10); count > 0; count--) {
    if (zip.readUInt32LE(at) !== ENTRY_SIGNATURE) throw new Error(`${path} has a damaged directory`);
    const [nameSize, extraSize, commentSize] = [28, 30, 32].map((offset) => zip.readUInt16LE(at + offset));
    const next = at + ENTRY_SIZE + (nameSize ?? 0);
    if (missing.delete(zip.toString('utf8', at + ENTRY_SIZE, next))) {
      zip.writeUInt8(UNIX, at + 5);
      zip.writeUInt32LE((EXECUTABLE_MODE << 16) >>> 0, at + 38);
    }
    at = next + (extraSize ?? 0) + (commentSize ?? 0);
  }
  if (missing.size > 0) throw new Error(`${path} has no ${[...missing].join(', ')}`);
  writeFileSync(path, zip);
}
