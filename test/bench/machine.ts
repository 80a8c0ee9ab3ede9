import { execFileSync } from 'node:child_process';
import os from 'node:os';
import clientNode from '@kubernetes/client-node/package.json' with { type: 'json' };
import { version } from '../../src/base/version.ts';

const GIB = 1024 ** 3;

/** Returns kubectl's version; undefined if kubectl is not on the PATH. */
export function kubectlVersion(): string | undefined {
  const printed = run('kubectl', ['version', '--client', '--output', 'json']);
  if (printed === undefined) return undefined;
  const { clientVersion } = JSON.parse(printed) as { clientVersion?: { gitVersion?: string } };
  return clientVersion?.gitVersion;
}

/** Returns lines of text that say how to repeat a run of the benchmark, and on which machine and versions it ran. */
export function describeRun(args: readonly string[]): readonly string[] {
  const [cpu] = os.cpus();
  const commit = run('git', ['describe', '--always', '--dirty'])?.trim();
  return [
    `${os.cpus().length} × ${cpu?.model.trim() ?? 'unknown CPU'}, ${Math.round(os.totalmem() / GIB)} GiB, ${os.type()} ${os.release().split('-')[0]}`,
    [
      `kube-port-forward ${version}${commit === undefined ? '' : ` (${commit})`}`,
      `Node ${process.versions.node}`,
      `kubectl ${kubectlVersion() ?? 'missing'}`,
      `@kubernetes/client-node ${clientNode.version}`,
    ].join(', '),
    `\`npm run bench${args.length === 0 ? '' : ` -- ${args.join(' ')}`}\`, ${new Date().toISOString().slice(0, 10)}`,
  ];
}

function run(command: string, args: readonly string[]): string | undefined {
  try {
    return execFileSync(command, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
  } catch {
    return undefined;
  }
}
