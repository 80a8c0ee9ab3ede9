import { spawnSync } from 'node:child_process';
import { endWithOuterProcess } from '../../../src/cli/nodeVersion.ts';

// An older Node starts this program with a newer Node, and this program starts another program. Prints whether the two
// programs have an IPC channel. Also prints the variables that the older Node has set for this program, if the other
// program gets them too.
endWithOuterProcess();
const STARTED = `
  const variables = Object.keys(process.env).filter((name) => /^(NODE_CHANNEL|KUBE_PORT_FORWARD)/.test(name));
  process.stdout.write(JSON.stringify({ isConnected: process.connected === true, variables }));
`;
const { stdout } = spawnSync(process.execPath, ['-e', STARTED], { encoding: 'utf8' });
process.stdout.write(JSON.stringify({ isConnected: process.connected, started: JSON.parse(stdout) }));
process.exitCode = 7;
