/**
 * The result of a command line: each forwarded pair of ports as `localhost:8080 -> 80`, where `*` is any local port and
 * `localhost` both loopbacks; or `refused`, for this project with the error's code.
 */
export type Outcome = string;

/** A command line for both kubectl and this project. */
export interface Case {
  readonly name: string;
  /** The words after `kubectl port-forward`, in a shell's quotes if they contain a space. `{port}` is a free local port. */
  readonly input: string;
  readonly kubectl: Outcome;
  readonly here: Outcome;
  /** The reason for an intended difference. Without a reason both must forward the same, or both refuse. */
  readonly reason?: string;
  /** The local port that the input means, if no other will do. The case is skipped where that port cannot be bound. */
  readonly localPort?: number;
  /** In place of the demo cluster's kubeconfig, with `{server}`, `{ca}` (base64) and `{token}`. */
  readonly kubeconfig?: string;
}

/** Returns a row of a table. `here` is `kubectl`'s outcome by default. */
export function row(
  name: string,
  input: string,
  kubectl: Outcome,
  here: Outcome = kubectl,
  reason?: string,
): Case {
  return { name, input, kubectl, here, ...(reason !== undefined && { reason }) };
}

/** Returns the words of a case's input. */
export function wordsOf(input: string): readonly string[] {
  return [...input.matchAll(/'([^']*)'|(\S+)/g)].map(([, quoted, bare]) => quoted ?? bare ?? '');
}

/** Returns the outcome of lines like `Forwarding from 127.0.0.1:8080 -> 80`. */
export function outcomeOf(lines: readonly string[], knownPort: string | undefined): Outcome {
  const pairs = new Map<string, string[]>();
  for (const line of lines) {
    const [, address = '', local = '', remote = ''] =
      /^Forwarding from (.*):(\d+) -> (\d+)$/.exec(line) ?? [];
    const key = `${local} ${remote}`;
    pairs.set(key, [...(pairs.get(key) ?? []), address]);
  }
  return [...pairs]
    .map(([key, addresses]) => {
      const [local, remote] = key.split(' ');
      const both = addresses.includes('127.0.0.1') && addresses.includes('[::1]');
      const where = both ? 'localhost' : addresses.join('+');
      return `${where}:${local === knownPort ? '{port}' : '*'} -> ${remote}`;
    })
    .join(', ');
}
