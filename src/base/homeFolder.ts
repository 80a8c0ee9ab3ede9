import { homedir } from 'node:os';
import { parse } from 'node:path';

/** Returns the user's home folder. In containers, a user ID may have neither HOME nor a passwd entry: then it is the file system root. */
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
