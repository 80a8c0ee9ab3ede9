import { HOSTILE_ANSWERS, HostileServer } from './hostileServer.ts';

// Runs the hostile server in a separate process, with another response for each path prefix. Prints the port and the
// prefixes, and ends with the parent process.

const answers = Object.values(HOSTILE_ANSWERS);
const server = await HostileServer.start((socket, head) => {
  const index = Number(/^\w+ \/odd-(\d+)/.exec(head)?.[1]);
  answers[index]?.(socket, head);
});
process.once('disconnect', () => process.exit());
process.stdout.write(
  `Hostile: ${server.url.port} ${answers.map((_answer, index) => `odd-${index}`).join(' ')}\n`,
);
