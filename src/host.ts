import { keepCompiledCode } from './base/compileCache.ts';

keepCompiledCode();
// Modules imported before this call are not cached.
const { runHost } = await import('./host/runHost.ts');
process.exitCode = await runHost(process.argv.slice(2), process.argv[1] ?? '');
