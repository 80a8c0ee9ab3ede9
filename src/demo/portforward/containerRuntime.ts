import type { Duplex } from 'node:stream';
import type { Clock } from '../../base/async.ts';
import type { Disposable } from '../../base/disposable.ts';
import { ConnectionResetError } from '../pods/podConnection.ts';

/**
 * Who copies bytes between a forwarded stream and the pod, which decides what a FIN is worth. `containerd` passes none on
 * and cuts both ways one second after the first has ended; CRI-O does the same. `socat`, which older runtimes ran, passes
 * half-closes on.
 */
export type ContainerRuntime = 'containerd' | 'socat';

export const CONTAINER_RUNTIMES: readonly ContainerRuntime[] = ['containerd', 'socat'];

/** containerd `internal/cri/server/sandbox_portforward_linux.go`: how long the second way may go on after the first. */
const GRACE_MS = 1_000;
const NOTHING = Buffer.alloc(0);

export interface Ways {
  /** The client's data stream. Whoever joins the ways ends it in `onEnd`. */
  readonly client: Duplex;
  /** The connection into the pod, which is closed at the end. */
  readonly pod: Duplex;
  readonly clock: Clock;
  /** The program resets the connection after it has sent that many bytes. */
  readonly resetAfterBytes?: number;
  /** Called once, when no byte passes any more. */
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
    // A program that reads nothing would not notice an end in order.
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
  // The way has ended once the pod has taken what the client sent before its FIN.
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
  // The client's own reset is no news to it.
  pod.on('error', () => finish(!isClientGone));
  pod.on('close', () => finish(false));
  client.on('close', () => {
    if (!isCutOff(client)) return;
    isClientGone = true;
    pod.destroy(new ConnectionResetError());
  });
}

/** Whether the stream ended before both of its sides did. */
function isCutOff(stream: Duplex): boolean {
  return stream.destroyed && !(stream.readableEnded && stream.writableFinished);
}
