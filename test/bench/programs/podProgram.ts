import { once } from 'node:events';
import net from 'node:net';
import { createPodSpec, createWebProgram, pendingPod } from '../../../src/demo/entry.ts';

// Runs the web server of the demo pods on a local port, to measure requests without Kubernetes.

const program = createWebProgram();
const pod = pendingPod({ name: 'web', namespace: 'demo' }, createPodSpec({ containers: [] }));
const server = net.createServer({ allowHalfOpen: true, noDelay: true }, (socket) => {
  socket.on('error', () => socket.destroy());
  program.accept(socket, pod, 80);
});
server.listen(0, '127.0.0.1');
await once(server, 'listening');
const address = server.address();
process.stdout.write(`Listening on 127.0.0.1:${typeof address === 'object' ? address?.port : ''}\n`);
