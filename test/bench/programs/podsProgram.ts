import { createImages, servePods } from '../../../src/demo/entry.ts';

// Runs the pods of a demo cluster. The cluster itself runs in another process, and connects to the pods through a
// socket. Argument: the path of the socket.

const [socketPath = ''] = process.argv.slice(2);
const server = await servePods(socketPath, createImages());
const stop = () => server.close(() => process.exit());
process.once('SIGTERM', () => process.exit()).once('disconnect', stop);
process.stdout.write('Pods run\n');
