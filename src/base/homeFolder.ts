import { homedir } from 'node:os';
import { parse } from 'node:path';

/** The user's home folder. A user id that has neither HOME nor a passwd entry, as in containers, has the root of the file system. */
export function homeFolder(): string {
  try {
    return homedir() || rootFolder();
  } catch {
    return rootFolder();
  }
}

function rootFolder(): string {
  return parse(process.execPath).root;
}
