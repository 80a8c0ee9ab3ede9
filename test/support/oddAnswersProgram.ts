import { HOSTILE_ANSWERS, HostileServer } from './hostileServer.ts';

// Runs `HostileServer`. The first part of a request's path, such as `odd-3`, selects the response. Prints the port and
// these first parts. The benchmark starts this program as a child process. The program ends when the parent process
// ends.

const answers = Object.values(HOSTILE_ANSWERS);
const server = await HostileServer.start((socket, head) => {
  const index = Number(/^\w+ \/odd-(\d+)/.exec(head)?.[1]);
  answers[index]?.(socket, head);
});
process.once('disconnect', () => process.exit());
process.stdout.write(
  `Hostile: ${server.url.port} ${answers.map((_answer, index) => `odd-${index}`).join(' ')}\n`,
);
