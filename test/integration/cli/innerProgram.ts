import { spawnSync } from 'node:child_process';
import { endWithOuterProcess } from '../../../src/cli/nodeVersion.ts';

// An older Node starts this program with a newer Node. Prints which environment a program gets that this one starts.
endWithOuterProcess();
const STARTED = `
  const variables = Object.keys(process.env).filter((name) => /^(NODE_CHANNEL|KUBE_PORT_FORWARD)/.test(name));
  process.stdout.write(JSON.stringify({ isConnected: process.connected === true, variables }));
`;
const { stdout } = spawnSync(process.execPath, ['-e', STARTED], { encoding: 'utf8' });
process.stdout.write(JSON.stringify({ isConnected: process.connected, started: JSON.parse(stdout) }));
process.exitCode = 7;
