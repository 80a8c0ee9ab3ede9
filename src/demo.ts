import { join } from 'node:path';
import { startCluster } from './demo/demoCluster.ts';
import { runDemoProgram } from './demo/program.ts';

await runDemoProgram((options) => startCluster(options), join(import.meta.dirname, '..', 'dist'));
