import type { LocalSystem } from '../../src/base/localSystem.ts';

export interface FakeSystemOptions {
  readonly platform: NodeJS.Platform;
  readonly environment?: Readonly<Record<string, string>>;
  /**
   * The output of each system tool. The key is a part of the command line, such as the name of the tool. An error means
   * that the tool fails.
   */
  readonly tools?: Readonly<Record<string, string | Error>>;
}

/** An operating system for tests, which may differ from the system that runs the tests. */
export class FakeSystem implements LocalSystem {
  readonly platform: NodeJS.Platform;
  readonly environment: Readonly<Record<string, string>>;
  /** The command lines of all tools that were run. */
  readonly runs: string[] = [];
  readonly #tools: Readonly<Record<string, string | Error>>;

  constructor({ platform, environment = {}, tools = {} }: FakeSystemOptions) {
    this.platform = platform;
    this.environment = environment;
    this.#tools = tools;
  }

  async run(tool: string, args: readonly string[]): Promise<string> {
    const line = [tool, ...args].join(' ');
    this.runs.push(line);
    const [, output] = Object.entries(this.#tools).find(([part]) => line.includes(part)) ?? [];
    if (output === undefined) throw Object.assign(new Error(`spawn ${tool} ENOENT`), { code: 'ENOENT' });
    if (output instanceof Error) throw output;
    return output;
  }
}
