import { parseArgs } from 'node:util';
import { startDemoCluster } from './demo/demoCluster.ts';
const c = await startDemoCluster({ port: 17777, largePods: Number(process.argv[2] ?? 0) });
console.log(c.kubeconfigPath);
process.once('SIGTERM', () => void c.dispose().then(() => console.log('gone')));
