import { spawnSync } from 'node:child_process';
import { endWithOuterProcess } from '../../../src/cli/nodeVersion.ts';

// Started by an older Node: prints the environment of a program that it starts, and ends.
endWithOuterProcess();
const STARTED = `
  const variables = Object.keys(process.env).filter((name) => /^(NODE_CHANNEL|KUBE_PORT_FORWARD)/.test(name));
  process.stdout.write(JSON.stringify({ isConnected: process.connected === true, variables }));
`;
const { stdout } = spawnSync(process.execPath, ['-e', STARTED], { encoding: 'utf8' });
process.stdout.write(JSON.stringify({ isConnected: process.connected, started: JSON.parse(stdout) }));
process.exitCode = 7;
