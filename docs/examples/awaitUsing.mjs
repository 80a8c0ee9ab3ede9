// In Node 24 and newer, `await using` stops the forward at the end of the block.
import { portForward } from 'kube-port-forward';

await using forward = portForward({ target: 'service/web', namespace: 'demo', ports: [':http'] });
const [{ localPort }] = await forward.ready;
const response = await fetch(`http://localhost:${localPort}/healthz`);
console.log(response.status);
