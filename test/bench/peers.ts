import { join } from 'node:path';
import { type Program, type ProgramOptions, startProgram } from './programs/program.ts';

/** The programs that the benchmark compares. */
export type PeerName = 'kubectl' | 'kubectlSpdy' | 'clientNode' | 'thisSpdy' | 'thisWebSocket' | 'direct';

export const PEER_TITLES: Readonly<Record<PeerName, string>> = {
  kubectl: 'kubectl (WebSocket, its default)',
  kubectlSpdy: 'kubectl (SPDY)',
  clientNode: 'client-node',
  thisSpdy: 'this, SPDY',
  thisWebSocket: 'this, WebSocket',
  direct: 'straight to the pod',
};

/** This program with the transport that it tries first if there is no proxy (`createDialer`). */
export const OURS: PeerName = 'thisSpdy';

/** A pod to forward to, and how to reach its cluster. */
export interface Target {
  readonly kubeconfig: string;
  /** The context of the kubeconfig. Optional, default: the current context. */
  readonly context?: string | undefined;
  readonly namespace: string;
  readonly pod: string;
  readonly ports: readonly number[];
}

/** A ready forward, which runs as a separate program. Disposing of the forward ends the program. */
export interface Forward extends AsyncDisposable {
  readonly peer: PeerName;
  readonly program: Program;
  /** The first local port. */
  readonly port: number;
  /** The local ports, in the order of the target's ports. */
  readonly ports: readonly number[];
}

export interface StartOptions {
  /** The folder of the built programs. */
  readonly dist: string;
  readonly environment?: Readonly<Record<string, string | undefined>>;
}

const PROGRAMS = join(import.meta.dirname, 'programs');

/**
 * Starts a forward with the program of a peer, and waits until the program listens on its local ports.
 * @throws Error with the program's output if the program ends before that or takes too long
 */
export async function startForward(
  peer: PeerName,
  target: Target,
  { dist, environment }: StartOptions,
): Promise<Forward> {
  const program = await startProgram({
    ...commandOf(peer, target, dist),
    ...withEnvironment(peer, environment),
  });
  const ports = [...program.readyOutput.matchAll(/127\.0\.0\.1:(\d+)/g)].map((match) => Number(match[1]));
  return {
    peer,
    program,
    ports,
    port: ports[0] ?? 0,
    [Symbol.asyncDispose]: () => program[Symbol.asyncDispose](),
  };
}

function commandOf(peer: PeerName, target: Target, dist: string): ProgramOptions {
  const { kubeconfig, context, namespace, pod, ports } = target;
  const cluster = ['--kubeconfig', kubeconfig, ...(context === undefined ? [] : ['--context', context])];
  const forward = ['--namespace', namespace, `pod/${pod}`, ...ports.map((port) => `:${port}`)];
  // Waits for a line with 127.0.0.1 for each port. The lines with ::1 do not matter, because they come later.
  const ready = new RegExp(`(Forwarding from 127.0.0.1:[^]*){${ports.length}}\n`);
  switch (peer) {
    case 'kubectl':
    case 'kubectlSpdy':
      return { command: 'kubectl', arguments: ['port-forward', ...cluster, ...forward], ready };
    case 'thisSpdy':
    case 'thisWebSocket': {
      const transport = peer === 'thisSpdy' ? 'spdy' : 'websocket';
      const program = [join(dist, 'cli.js'), '--transport', transport];
      return { command: process.execPath, arguments: [...program, ...cluster, ...forward], ready };
    }
    case 'clientNode': {
      const program = join(PROGRAMS, 'clientNodeProgram.ts');
      const where = [kubeconfig, context ?? '', namespace, pod, ...ports.map(String)];
      return { command: process.execPath, arguments: [program, ...where], ready };
    }
    case 'direct':
      return {
        command: process.execPath,
        arguments: [join(PROGRAMS, 'podProgram.ts')],
        ready: /Listening on 127\.0\.0\.1:\d+\n/,
      };
  }
}

function withEnvironment(
  peer: PeerName,
  environment: StartOptions['environment'],
): Pick<ProgramOptions, 'environment'> {
  if (peer !== 'kubectlSpdy' && peer !== 'kubectl') return { environment };
  const isWebSocket = peer === 'kubectl';
  return { environment: { ...environment, KUBECTL_PORT_FORWARD_WEBSOCKETS: String(isWebSocket) } };
}
