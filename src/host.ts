import { runHost } from './host/runHost.ts';

process.exitCode = await runHost(process.argv.slice(2), process.argv[1] ?? '');
