import { parseArgs } from 'node:util';
import { RequestLog } from '../../../src/inspect/requestLog.ts';
import type { RequestLogMode } from '../../../src/kinds/exchange.ts';
import { loadKubeconfig } from '../../../src/kube/kubeconfig/kubeconfig.ts';
import { toRestConfig } from '../../../src/kube/kubeconfig/toRestConfig.ts';
import { forwardPod } from '../../../src/portforward/forwardPod.ts';

// Runs a forward with its request log in one of the modes `off`, `metadata` and `record`. Prints the same lines as
// kubectl.
// Arguments: kubeconfig, namespace, pod, port, mode.

const { positionals } = parseArgs({ allowPositionals: true });
const [kubeconfigPath = '', namespace = '', name = '', port = '', mode = 'off'] = positionals;
const services = { environment: process.env, homeFolder: '' };
const kubeconfig = await loadKubeconfig({ ...services, kubeconfigPath });
const { restConfig } = await toRestConfig(kubeconfig, {}, services);
const stop = new AbortController();
process.once('SIGTERM', () => stop.abort());
const log = new RequestLog().forward('1');
log.setMode(mode as RequestLogMode);

await forwardPod({
  restConfig,
  pod: { namespace, name },
  ports: [{ local: 0, remote: Number(port) }],
  addresses: ['127.0.0.1'],
  createTapOwner: log.open,
  stop: stop.signal,
  ready: ([address]) =>
    process.stdout.write(`Forwarding from 127.0.0.1:${address?.localPort} -> ${address?.remotePort}\n`),
});
