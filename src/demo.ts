import { join } from 'node:path';
import { startDemoCluster } from './demo/demoCluster.ts';
import { runDemoProgram } from './demo/program.ts';

await runDemoProgram((options) => startDemoCluster(options), join(import.meta.dirname, '..', 'dist'));
