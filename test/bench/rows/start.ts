import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Experiment, FORWARDERS } from './experiment.ts';

export const processStart: Experiment = {
  name: 'start',
  metrics: [
    { id: 'startCold', title: 'process start to listening, the first time', unit: 'ms', better: 'less' },
    { id: 'startWarm', title: 'the same, from then on', unit: 'ms', better: 'less' },
  ],
  peers: FORWARDERS,
  async measure(peer, bench) {
    // The second start uses what the first start has stored in this folder: Node's compiled code, and the description
    // of the API that kubectl has requested.
    const caches = await mkdtemp(join(tmpdir(), 'kube-port-forward-bench-'));
    const environment = {
      HOME: caches,
      KUBECACHEDIR: join(caches, 'kubectl'),
      NODE_COMPILE_CACHE: join(caches, 'node'),
    };
    const startMs = async () => {
      await using forward = await bench.fresh(peer, {}, environment);
      return forward.program.startMs;
    };
    try {
      return { startCold: await startMs(), startWarm: await startMs() };
    } finally {
      await rm(caches, { recursive: true, force: true });
    }
  },
};
