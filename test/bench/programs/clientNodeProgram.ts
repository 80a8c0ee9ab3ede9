import { once } from 'node:events';
import net from 'node:net';
import { KubeConfig, PortForward } from '@kubernetes/client-node';

// `@kubernetes/client-node`'s port-forward as its own example uses it, printing what kubectl prints.
// Arguments: kubeconfig, context (may be empty), namespace, pod, ports.

const [kubeconfig = '', context = '', namespace = '', pod = '', ...ports] = process.argv.slice(2);
const config = new KubeConfig();
config.loadFromFile(kubeconfig);
if (context !== '') config.setCurrentContext(context);
const portForward = new PortForward(config);

// In order, so that Node keeps the code that it compiled, as it does for a program that ends by itself.
process.once('SIGTERM', () => process.exit());

for (const port of ports.map(Number)) {
  const server = net.createServer({ noDelay: true }, (socket) => {
    socket.on('error', () => socket.destroy());
    portForward
      .portForward(namespace, pod, [port], socket, null, socket)
      .then((webSocket) => {
        if (typeof webSocket !== 'function') webSocket?.once('close', () => socket.end());
      })
      .catch(() => socket.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const local = typeof address === 'object' ? address?.port : '';
  process.stdout.write(`Forwarding from 127.0.0.1:${local} -> ${port}\n`);
}
