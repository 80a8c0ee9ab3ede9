// Several forwards that one signal stops, for example at Ctrl-C.
import { portForward } from 'kube-port-forward';

const stop = new AbortController();
process.once('SIGINT', () => stop.abort());

const forwards = ['service/web', 'pod/echo'].map((target) =>
  portForward({
    target,
    namespace: 'demo',
    ports: [target === 'pod/echo' ? ':7' : ':80'],
    stop: stop.signal,
  }),
);
for (const forward of forwards) {
  forward.onDidChangeState((state) => console.log(state.type, 'error' in state ? state.error.message : ''));
  const [{ localPort, remotePort }] = await forward.ready;
  console.log(`localhost:${localPort} -> ${remotePort}`);
}
stop.abort();
await Promise.all(forwards.map(({ ended }) => ended));
