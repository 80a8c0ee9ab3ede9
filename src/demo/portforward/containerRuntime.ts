import type { Duplex } from 'node:stream';
import type { Clock } from '../../base/async.ts';
import type { Disposable } from '../../base/disposable.ts';
import { ConnectionResetError } from '../pods/podSocket.ts';

/**
 * The program that copies bytes between a forwarded stream and the pod. The programs differ in what they do after a
 * FIN. `containerd` and CRI-O do not pass the FIN on, and close both directions one second later. `socat`, which older
 * runtimes use, passes the FIN on.
 */
export type ContainerRuntime = 'containerd' | 'socat';

export const CONTAINER_RUNTIMES: readonly ContainerRuntime[] = ['containerd', 'socat'];

/**
 * How long `containerd` keeps one direction open after the other direction has ended.
 * Source: containerd `internal/cri/server/sandbox_portforward_linux.go`.
 */
const GRACE_MS = 1_000;
const NOTHING = Buffer.alloc(0);

export interface JoinedStreams {
  /** The data stream of the client. {@link joinStreams} does not close the stream: `onEnd` must do so. */
  readonly client: Duplex;
  /** The connection into the pod. {@link joinStreams} closes the connection. */
  readonly pod: Duplex;
  readonly clock: Clock;
  /** The pod resets the connection after it has sent this many bytes. Optional, default: never. */
  readonly resetAfterBytes?: number;
  /** Called once, when no more bytes will be copied. @param isPodReset whether the pod reset the connection */
  onEnd(isPodReset: boolean): void;
}

export function joinStreams(runtime: ContainerRuntime, streams: JoinedStreams): void {
  copyFromPod(streams);
  if (runtime === 'containerd') joinByContainerd(streams);
  else joinBySocat(streams);
}

function copyFromPod({ client, pod, resetAfterBytes = Number.POSITIVE_INFINITY }: JoinedStreams): void {
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

function joinByContainerd({ client, pod, clock, onEnd }: JoinedStreams): void {
  const ended = new Set<'client' | 'pod'>();
  let isPodReset = false;
  let timer: Disposable | undefined;
  let hasEnded = false;
  const finish = () => {
    if (hasEnded) return;
    hasEnded = true;
    timer?.dispose();
    // If the client's stream was cut off, resets the connection into the pod. After an orderly close, a program in the
    // pod that does not read would notice nothing.
    if (isCutOff(client)) pod.destroy(new ConnectionResetError());
    else pod.destroy();
    onEnd(isPodReset);
  };
  const end = (side: 'client' | 'pod') => {
    ended.add(side);
    if (ended.size === 2) finish();
    else if (!hasEnded) timer ??= clock.setTimer(GRACE_MS, finish);
  };
  client.pipe(pod, { end: false });
  // The client's direction counts as ended only when the pod has accepted all bytes before the FIN. The empty write
  // comes after these bytes, so its callback runs at that time.
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

function joinBySocat({ client, pod, onEnd }: JoinedStreams): void {
  let hasEnded = false;
  let isClientGone = false;
  const finish = (isPodReset: boolean) => {
    if (hasEnded) return;
    hasEnded = true;
    onEnd(isPodReset);
  };
  pod.on('end', () => client.end());
  client.pipe(pod);
  // Does not report the error to the client if the client has reset its stream. In this case, the error is the reset
  // that `pod.destroy` causes below.
  pod.on('error', () => finish(!isClientGone));
  pod.on('close', () => finish(false));
  client.on('close', () => {
    if (!isCutOff(client)) return;
    isClientGone = true;
    pod.destroy(new ConnectionResetError());
  });
}

/** Returns whether a stream was closed before both of its directions had ended. */
function isCutOff(stream: Duplex): boolean {
  return stream.destroyed && !(stream.readableEnded && stream.writableFinished);
}
