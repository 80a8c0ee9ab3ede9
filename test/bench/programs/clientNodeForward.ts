import { once } from 'node:events';
import net from 'node:net';
import { KubeConfig, PortForward } from '@kubernetes/client-node';
import type { Target } from '../peers.ts';

/**
 * Forwards a free local port with `@kubernetes/client-node`, as in the package's own example. Returns the local port.
 * The forward ends with this process.
 */
export async function forwardWithClientNode(target: Omit<Target, 'ports'>, port: number): Promise<number> {
  const config = new KubeConfig();
  config.loadFromFile(target.kubeconfig);
  if (target.context) config.setCurrentContext(target.context);
  const portForward = new PortForward(config);
  const server = net.createServer({ noDelay: true }, (socket) => {
    socket.on('error', () => socket.destroy());
    portForward
      .portForward(target.namespace, target.pod, [port], socket, null, socket)
      .then((webSocket) => {
        if (typeof webSocket !== 'function') webSocket?.once('close', () => socket.end());
      })
      .catch(() => socket.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  return typeof address === 'object' && address !== null ? address.port : 0;
}
