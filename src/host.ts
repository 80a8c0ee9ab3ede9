import { keepCode, loadHost } from './program.ts';

const { runHost } = await loadHost();
process.exitCode = await runHost(process.argv.slice(2), process.argv[1] ?? '', () => keepCode('ready'));
