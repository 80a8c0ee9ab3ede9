#!/usr/bin/env node
import nodeModule from 'node:module';
import { isSupportedNode, runWithOwnNode } from './cli/nodeVersion.ts';

// All that older Nodes cannot load comes late.
if (isSupportedNode()) {
  nodeModule.enableCompileCache();
  const { main } = await import('./cli/main.ts');
  const { endThoughUnread } = await import('./cli/unreadOutput.ts');
  process.exitCode = await main(process.argv.slice(2));
  endThoughUnread([process.stdout, process.stderr], () => process.exit());
} else {
  process.exitCode = await runWithOwnNode(import.meta.filename, process.argv.slice(2));
}
