import { homedir } from 'node:os';
import { parse } from 'node:path';

/**
 * Returns the user's home folder, or the root of the file system if the user has none. In a Docker container, for
 * example, a user ID may have neither HOME nor a passwd entry.
 */
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
