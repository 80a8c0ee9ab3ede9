import { join } from 'node:path';
import { runDemoProgram, startDemoCluster } from '../src/demo/entry.ts';
import { buildBundles } from './build.ts';

// The command that the demo cluster prints runs from the bundle.
await buildBundles();
await runDemoProgram(startDemoCluster, join(import.meta.dirname, '..', 'dist'));
