/**
 * The parts of the operating system on which the behavior of this program depends: the platform, the environment
 * variables and the system's own tools. Tests replace this object to test the behavior on other systems.
 */
export interface LocalSystem {
  readonly platform: NodeJS.Platform;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /**
   * Runs one of the system's own tools by its absolute path, and resolves with its standard output. Ignores the exit
   * status, because `lsof` reports a failure if there is nothing to list. Rejects if the tool cannot be started, or
   * does not end within `limitMs` milliseconds.
   */
  run(tool: string, args: readonly string[], limitMs: number): Promise<string>;
}

/**
 * The maximum output of a tool in bytes, larger than any list of sockets. A tool with more output is ended, and `run`
 * rejects.
 */
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
    // Loads the module only here: few commands need it, and each loaded module makes the start of a command slower.
    const { execFile } = await import('node:child_process');
    return await new Promise((resolve, reject) => {
      const options = {
        timeout: limitMs,
        maxBuffer: OUTPUT_LIMIT,
        windowsHide: true,
        encoding: 'utf8',
      } as const;
      execFile(tool, [...args], options, (error, output) => {
        // If `code` is a number, it is the exit status of the tool: the output is complete, and is the result.
        // Otherwise, the tool could not be started or was killed.
        if (error === null || typeof error.code === 'number') resolve(output);
        else reject(error);
      });
    });
  },
};

/**
 * Returns the absolute path of a tool in Windows' `System32`. Given only a name, Windows would first search the current
 * folder, which may contain another program with this name.
 */
export function windowsTool(name: string, { environment }: Pick<LocalSystem, 'environment'>): string {
  const entry = Object.entries(environment).find(([key]) => key.toLowerCase() === 'systemroot');
  return `${entry?.[1] || 'C:\\Windows'}\\System32\\${name}`;
}
