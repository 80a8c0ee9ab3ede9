import type { Duplex } from 'node:stream';
import type { Clock } from '../../base/async.ts';
import { encodeFrameHeader, Opcode } from '../../websocket/frames.ts';
import { WebSocket } from '../../websocket/webSocket.ts';
import type { ActivityLog } from '../activity.ts';
import { Channel } from './channel.ts';
import { PausedProbe } from './pausedProbe.ts';

export interface ChannelPortForwardOptions {
  readonly ports: readonly number[];
  readonly activity: ActivityLog;
  readonly clock: Clock;
  onPair(port: number, data: Duplex, error: Duplex): void;
}

/**
 * Serves the protocol `v4.channel.k8s.io`: one WebSocket with a data channel and an error channel for each port. The
 * first message on each channel is the port, as two little-endian bytes. The protocol has no half-close. The WebSocket
 * closes when all error channels have ended.
 * Source: kubelet `pkg/kubelet/cri/streaming/portforward/websocket.go`. Owns the stream `transport`.
 */
export function serveChannelPortForward(transport: Duplex, options: ChannelPortForwardOptions): void {
  const channels: Channel[] = [];
  let current: Channel | undefined;
  // The probe sends an unsolicited pong to find out whether the client still exists. RFC 6455 section 5.5.3 allows an
  // unsolicited pong, and clients do not respond to it.
  const pong = encodeFrameHeader(Opcode.pong, 0);
  const probe = new PausedProbe(options.clock, () => void transport.write(pong));
  const receive = (piece: Buffer): boolean => {
    const mayContinue = current?.receive(piece) ?? true;
    probe.update(!mayContinue);
    return mayContinue;
  };
  const webSocket = new WebSocket(transport, {
    role: 'server',
    masking: 'none',
    handlers: {
      onData(piece, startsMessage) {
        if (!startsMessage) return receive(piece);
        current = channels[piece[0] ?? -1];
        return receive(piece.subarray(1));
      },
      onEnd() {
        probe.dispose();
        for (const channel of channels) channel.destroy();
      },
    },
  });
  let openPairs = options.ports.length;
  for (const [index, port] of options.ports.entries()) {
    const [data, error] = [index * 2, index * 2 + 1].map((number) =>
      openChannel(new Channel(webSocket, number, () => probe.update(false)), port, options.activity),
    ) as [Channel, Channel];
    channels.push(data, error);
    error.once('finish', () => {
      openPairs--;
      if (openPairs === 0) webSocket.close();
    });
    // The protocol has no half-close. Therefore, when the pod ends its direction of the data channel, this server ends
    // the client's direction too.
    data.once('finish', () => data.receiveEnd());
    error.resume();
    options.onPair(port, data, error);
  }
}

function openChannel(channel: Channel, port: number, activity: ActivityLog): Channel {
  channel.once('close', activity.open('openStreams'));
  const prefix = Buffer.alloc(2);
  prefix.writeUInt16LE(port);
  channel.write(prefix);
  return channel;
}
