// Forwards a free local port to port 80 of the pod "web", fetches a page, and stops.
import { portForwardPod } from 'kube-port-forward';

const stop = new AbortController();
await portForwardPod({
  pod: { namespace: 'demo', name: 'web' },
  ports: [{ local: 0, remote: 80 }],
  stop: stop.signal,
  ready: async ([{ localPort }]) => {
    try {
      const response = await fetch(`http://localhost:${localPort}/healthz`);
      console.log(response.status, await response.text());
    } finally {
      stop.abort();
    }
  },
});
