import { buildBundles } from './build.ts';

// The command that the demo cluster prints runs from the bundle.
await buildBundles();
await import('../src/demo.ts');
