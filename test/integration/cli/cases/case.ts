/**
 * What comes of a command line: each pair of ports that it forwards, `localhost:8080 -> 80`, where `*` is any local port and `localhost`
 * both loopbacks; or `refused`, for us with the error's code.
 */
export type Outcome = string;

/** A command line that kubectl and this project are given alike. */
export interface Case {
  readonly name: string;
  /** Words behind `kubectl port-forward`, in a shell's quotes where one has a space. `{port}` is a free local port. */
  readonly input: string;
  readonly kubectl: Outcome;
  readonly here: Outcome;
  /** Why the two differ on purpose. A case without a reason has to come out alike: both forward the same, or both refuse. */
  readonly reason?: string;
  /** Set if only an administrator may listen on its local port. */
  readonly listensBelow1024?: boolean;
  /** In place of the demo cluster's kubeconfig, with `{server}`, `{ca}` (base64) and `{token}`. */
  readonly kubeconfig?: string;
}

/** A row of a table. `here` is the same as `kubectl` by default. */
export function row(
  name: string,
  input: string,
  kubectl: Outcome,
  here: Outcome = kubectl,
  reason?: string,
): Case {
  return { name, input, kubectl, here, ...(reason !== undefined && { reason }) };
}

/** The words of a case's input. */
export function wordsOf(input: string): readonly string[] {
  return [...input.matchAll(/'([^']*)'|(\S+)/g)].map(([, quoted, bare]) => quoted ?? bare ?? '');
}

/** The outcome of lines like `Forwarding from 127.0.0.1:8080 -> 80`. */
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
