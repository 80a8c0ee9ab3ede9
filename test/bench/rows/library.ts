import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { bundleForNpm } from '../../../scripts/packageNpm.ts';
import type { LibraryMeasured, LibraryMeasurement } from '../programs/libraryProgram.ts';
import { peakMegabytes } from '../programs/processUsage.ts';
import { startProgram } from '../programs/program.ts';
import type { Experiment } from './experiment.ts';
import { STALLED_BYTES } from './neighbours.ts';

const PROGRAM = resolve(import.meta.dirname, '..', 'programs', 'libraryProgram.ts');
const CLIENTS = 50;
const LIMIT_MS = 120_000;

/** Compares the library with client-node's `PortForward`. Each of the two runs in the same process as its clients. */
export const library: Experiment = {
  name: 'library',
  metrics: [
    {
      id: 'libraryFirstByte',
      title: 'imported by a program: new connection to first byte, p50',
      unit: 'ms',
      better: 'less',
    },
    {
      id: 'libraryRate',
      title: `imported by a program: ${CLIENTS} clients, a new connection per request`,
      unit: '/s',
      better: 'more',
    },
    {
      id: 'libraryMemory',
      title: 'imported by a program: its most memory with a client that stops reading',
      unit: 'MB',
      better: 'less',
    },
  ],
  peers: ['clientNode', 'thisSpdy'],
  async measure(peer, bench) {
    const folder = await mkdtemp(join(tmpdir(), 'kube-port-forward-bench-'));
    try {
      if (peer === 'thisSpdy') await bundleForNpm(folder);
      const { kubeconfig, context = '', namespace, pod, ports } = bench.target;
      const file = peer === 'thisSpdy' ? join(folder, 'library.js') : 'client-node';
      await using program = await startProgram({
        command: process.execPath,
        arguments: [PROGRAM, file, kubeconfig, context, namespace, pod, String(ports[0] ?? 80)],
        ready: /Forwarding from 127\.0\.0\.1:\d+ -> \d+\n/,
        hasChannel: true,
      });
      const measurement: LibraryMeasurement = {
        connections: bench.sizes.connections,
        clients: CLIENTS,
        seconds: bench.sizes.rateSeconds,
        stalledBytes: STALLED_BYTES,
        stallMs: bench.sizes.stallMs,
      };
      const { firstByteMs, perSecond } = (await program.ask(measurement, LIMIT_MS)) as LibraryMeasured;
      return {
        libraryFirstByte: firstByteMs,
        libraryRate: perSecond,
        libraryMemory: peakMegabytes(program.processId),
      };
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  },
};
