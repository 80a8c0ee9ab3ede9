import { join } from 'node:path';
import { runDemoProgram, startDemoCluster } from '../src/demo/entry.ts';
import { buildBundles } from './build.ts';

// Builds `dist/cli.js`, because the demo cluster prints commands that run this file.
await buildBundles();
await runDemoProgram(startDemoCluster, join(import.meta.dirname, '..', 'dist'));
