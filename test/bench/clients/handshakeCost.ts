import { once } from 'node:events';
import net, { type AddressInfo } from 'node:net';
import { median } from '../statistics.ts';
import { type RequestForm, requestInTurns } from './smallRequest.ts';

const CLIENTS = 50;
const REQUESTS = 2_000;
const ROUNDS = 7;
const ANSWER = 'HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n';

/**
 * Measures the CPU time of a handshake with a proxy, without the request that follows, in milliseconds. Uses a minimal
 * proxy, which answers each message without parsing it. The time includes the client and this proxy.
 */
export async function handshakeCpuMs(form: RequestForm): Promise<number> {
  const without: RequestForm = { request: form.request };
  // Does not measure the first requests, during which V8 compiles the code.
  for (const each of [without, form, without, form]) await cpuMsPerRequest(each);
  const differences: number[] = [];
  while (differences.length < ROUNDS) {
    const withHandshake = await cpuMsPerRequest(form);
    differences.push(withHandshake - (await cpuMsPerRequest(without)));
  }
  return median(differences);
}

async function cpuMsPerRequest(form: RequestForm): Promise<number> {
  const server = net.createServer({ noDelay: true }, (socket) => {
    const answers = [...(form.handshake ?? []).map(({ answer }) => answer), ANSWER];
    socket.on('error', () => {});
    socket.on('data', () => {
      socket.write(answers.shift() ?? ANSWER);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  let left = REQUESTS;
  const before = process.cpuUsage();
  await requestInTurns((server.address() as AddressInfo).port, CLIENTS, () => left-- <= 0, form);
  const { user, system } = process.cpuUsage(before);
  server.close();
  return (user + system) / 1_000 / REQUESTS;
}
