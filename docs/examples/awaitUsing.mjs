// Where Node knows `await using` (24 and newer), the end of the block stops the forward.
import { portForward } from 'kube-port-forward';

await using forward = portForward({ target: 'service/web', namespace: 'demo', ports: [':http'] });
const [{ localPort }] = await forward.ready;
const response = await fetch(`http://localhost:${localPort}/healthz`);
console.log(response.status);
