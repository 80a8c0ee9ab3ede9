/** The operating system, as far as decisions depend on it. Tests pass a system other than the one they run on. */
export interface LocalSystem {
  readonly platform: NodeJS.Platform;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /**
   * Runs one of the system's own tools, by its absolute path, and resolves with its standard output. Ignores the exit
   * status, because `lsof` fails if there is nothing to list.
   * Rejects when the tool cannot be started, or does not finish within `limitMs` milliseconds.
   */
  run(tool: string, args: readonly string[], limitMs: number): Promise<string>;
}

/** More than any listing of sockets. Bytes. */
const OUTPUT_LIMIT = 8 * 1024 * 1024;

/** The system that this process runs on. */
export const thisSystem: LocalSystem = {
  get platform() {
    return process.platform;
  },
  get environment() {
    return process.env;
  },
  async run(tool, args, limitMs) {
    // Loaded on use: few commands need the module, and a command's start waits for every loaded module.
    const { execFile } = await import('node:child_process');
    return await new Promise((resolve, reject) => {
      const options = {
        timeout: limitMs,
        maxBuffer: OUTPUT_LIMIT,
        windowsHide: true,
        encoding: 'utf8',
      } as const;
      execFile(tool, [...args], options, (error, output) => {
        // An exit status is a number; a tool that is missing or was ended has none.
        if (error === null || typeof error.code === 'number') resolve(output);
        else reject(error);
      });
    });
  },
};

/** Returns the absolute path of a tool of Windows, because a name would be looked up in the current folder first. */
export function windowsTool(name: string, { environment }: Pick<LocalSystem, 'environment'>): string {
  const entry = Object.entries(environment).find(([key]) => key.toLowerCase() === 'systemroot');
  return `${entry?.[1] || 'C:\\Windows'}\\System32\\${name}`;
}
