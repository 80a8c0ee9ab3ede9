/**
 * The result of a command line. For each forwarded pair of ports: `localhost:8080 -> 80`, where `*` is any free local
 * port and `localhost` means 127.0.0.1 and ::1. If the command line is refused: for kubectl `refused`, for this project
 * the error code.
 */
export type Outcome = string;

/** A command line that both kubectl and this project get, and the outcome that is expected of each. */
export interface Case {
  readonly name: string;
  /**
   * The arguments of `kubectl port-forward`, in quotes if they contain spaces. The test replaces `{port}` with a free
   * local port.
   */
  readonly input: string;
  readonly kubectl: Outcome;
  readonly here: Outcome;
  /**
   * The reason for an intended difference. Without a reason, kubectl and this project must forward the same ports, or
   * both must refuse the command line.
   */
  readonly reason?: string;
  /**
   * The local port in `input`, if it is a fixed one. The case is skipped if this port cannot be used on the machine.
   */
  readonly localPort?: number;
  /**
   * The kubeconfig for the command line. The test replaces `{server}`, `{ca}` and `{token}` with the demo cluster's
   * URL, its certificate authority in base64, and a token. Optional, default: the kubeconfig of the demo cluster.
   */
  readonly kubeconfig?: string;
}

/** Returns a case. By default, this project has the same outcome as kubectl. */
export function row(
  name: string,
  input: string,
  kubectl: Outcome,
  here: Outcome = kubectl,
  reason?: string,
): Case {
  return { name, input, kubectl, here, ...(reason !== undefined && { reason }) };
}

/** Splits the input of a case into arguments. */
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
