import { forwardWithClientNode } from './clientNodeForward.ts';

// Forwards with `@kubernetes/client-node`, and prints the same lines as kubectl. Arguments: kubeconfig, context (may be
// empty), namespace, pod, ports.

const [kubeconfig = '', context = '', namespace = '', pod = '', ...ports] = process.argv.slice(2);

// Exits normally on SIGTERM, so that Node saves the compiled code of this program for the next start.
process.once('SIGTERM', () => process.exit());

for (const port of ports.map(Number)) {
  const local = await forwardWithClientNode({ kubeconfig, context, namespace, pod }, port);
  process.stdout.write(`Forwarding from 127.0.0.1:${local} -> ${port}\n`);
}
