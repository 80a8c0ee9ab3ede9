import type { Duplex } from 'node:stream';
import type { Clock } from '../../base/async.ts';
import type { Disposable } from '../../base/disposable.ts';
import { ConnectionResetError } from '../pods/podSocket.ts';

/**
 * The program that copies bytes between a forwarded stream and the pod, which decides the effect of a FIN. `containerd` passes
 * no FIN on and cuts both directions one second after the first has ended; CRI-O does the same. `socat`, used by older
 * runtimes, passes half-closes on.
 */
export type ContainerRuntime = 'containerd' | 'socat';

export const CONTAINER_RUNTIMES: readonly ContainerRuntime[] = ['containerd', 'socat'];

/**
 * containerd `internal/cri/server/sandbox_portforward_linux.go`: how long the second direction may continue after the first.
 */
const GRACE_MS = 1_000;
const NOTHING = Buffer.alloc(0);

export interface Ways {
  /** The client's data stream. `onEnd` ends it. */
  readonly client: Duplex;
  /** The connection into the pod, which is closed at the end. */
  readonly pod: Duplex;
  readonly clock: Clock;
  /** The program resets the connection after it has sent this many bytes. Optional. */
  readonly resetAfterBytes?: number;
  /** Called once, when no more bytes pass. */
  onEnd(isPodReset: boolean): void;
}

export function joinWays(runtime: ContainerRuntime, ways: Ways): void {
  copyFromPod(ways);
  if (runtime === 'containerd') joinByContainerd(ways);
  else joinBySocat(ways);
}

function copyFromPod({ client, pod, resetAfterBytes = Number.POSITIVE_INFINITY }: Ways): void {
  let left = resetAfterBytes;
  pod.on('data', (chunk: Buffer) => {
    const part = chunk.length <= left ? chunk : chunk.subarray(0, left);
    left -= part.length;
    if (part.length > 0 && !client.destroyed && !client.write(part)) pod.pause();
    if (left <= 0) pod.destroy(new ConnectionResetError());
  });
  client.on('drain', () => pod.resume());
  client.on('close', () => pod.resume());
}

function joinByContainerd({ client, pod, clock, onEnd }: Ways): void {
  const ended = new Set<'client' | 'pod'>();
  let isPodReset = false;
  let timer: Disposable | undefined;
  let isOver = false;
  const finish = () => {
    if (isOver) return;
    isOver = true;
    timer?.dispose();
    // A program that reads nothing would not notice an orderly end.
    if (isCutOff(client)) pod.destroy(new ConnectionResetError());
    else pod.destroy();
    onEnd(isPodReset);
  };
  const end = (way: 'client' | 'pod') => {
    ended.add(way);
    if (ended.size === 2) finish();
    else if (!isOver) timer ??= clock.setTimer(GRACE_MS, finish);
  };
  client.pipe(pod, { end: false });
  // The direction has ended once the pod has taken all bytes before the client's FIN.
  client.once('end', () => pod.write(NOTHING, () => end('client')));
  client.once('close', () => end('client'));
  pod.once('end', () => end('pod'));
  pod.once('error', () => {
    isPodReset = true;
    client.resume();
    end('pod');
  });
  pod.once('close', () => end('pod'));
}

function joinBySocat({ client, pod, onEnd }: Ways): void {
  let isOver = false;
  let isClientGone = false;
  const finish = (isPodReset: boolean) => {
    if (isOver) return;
    isOver = true;
    onEnd(isPodReset);
  };
  pod.on('end', () => client.end());
  client.pipe(pod);
  // After its own reset the client needs no other.
  pod.on('error', () => finish(!isClientGone));
  pod.on('close', () => finish(false));
  client.on('close', () => {
    if (!isCutOff(client)) return;
    isClientGone = true;
    pod.destroy(new ConnectionResetError());
  });
}

/** Returns whether the stream was closed before both of its sides ended. */
function isCutOff(stream: Duplex): boolean {
  return stream.destroyed && !(stream.readableEnded && stream.writableFinished);
}
