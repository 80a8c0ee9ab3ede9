import { keepCompiledCode } from './base/compileCache.ts';

keepCompiledCode();
// What is imported before is not kept.
const { runHost } = await import('./host/runHost.ts');
process.exitCode = await runHost(process.argv.slice(2), process.argv[1] ?? '');
