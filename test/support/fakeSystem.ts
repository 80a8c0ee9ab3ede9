import type { LocalSystem } from '../../src/base/localSystem.ts';

export interface FakeSystemOptions {
  readonly platform: NodeJS.Platform;
  readonly environment?: Readonly<Record<string, string>>;
  /** What the system's tools write, by the names of their files, each with a part of its arguments where that matters. */
  readonly tools?: Readonly<Record<string, string | Error>>;
}

/** Another system than the one that the tests run on. */
export class FakeSystem implements LocalSystem {
  readonly platform: NodeJS.Platform;
  readonly environment: Readonly<Record<string, string>>;
  /** The command lines of the tools that were run. */
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
