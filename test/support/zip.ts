import { buffer } from 'node:stream/consumers';
import { openPromise } from 'yauzl';

/** Returns the content of each file in a ZIP archive, by the path in the archive. */
export async function readZip(path: string): Promise<Map<string, Buffer>> {
  const zip = await openPromise(path);
  const files = new Map<string, Buffer>();
  for await (const entry of zip.eachEntry()) {
    files.set(entry.fileName, await buffer(await zip.openReadStreamPromise(entry)));
  }
  return files;
}
