import type { LocalSystem } from '../../src/base/localSystem.ts';

export interface FakeSystemOptions {
  readonly platform: NodeJS.Platform;
  readonly environment?: Readonly<Record<string, string>>;
  /** The output of the system's tools by file name, optionally with a part of their arguments. */
  readonly tools?: Readonly<Record<string, string | Error>>;
}

/** A system other than the one that the tests run on. */
export class FakeSystem implements LocalSystem {
  readonly platform: NodeJS.Platform;
  readonly environment: Readonly<Record<string, string>>;
  /** The command lines of all runs of tools. */
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
