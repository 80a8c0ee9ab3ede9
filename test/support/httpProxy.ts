import net, { type Socket } from 'node:net';
import type tls from 'node:tls';
import { readHead, TestTcpServer } from './tcpServer.ts';

/** Starts an HTTP proxy for CONNECT that connects to loopback whatever host is requested; `heads` are its requests. */
export async function startHttpProxy(
  answer: (head: string, client: Socket) => boolean = () => true,
  secure?: tls.TlsOptions,
): Promise<{ readonly server: TestTcpServer; readonly heads: string[] }> {
  const heads: string[] = [];
  const server = await TestTcpServer.start((client) => {
    readHead(client).then(
      (head) => {
        heads.push(head);
        if (answer(head, client)) connectThrough(client, head);
      },
      () => {},
    );
  }, secure);
  return { server, heads };
}

/** Accepts, and joins the client to the requested port. */
function connectThrough(client: Socket, head: string): void {
  const port = Number(/^CONNECT \S+:(\d+) HTTP/.exec(head)?.[1]);
  const target = net.connect(port, '127.0.0.1', () => {
    client.write('HTTP/1.1 200 Connection established\r\n\r\n');
    client.pipe(target).pipe(client);
  });
  target.on('error', () => client.destroy()).once('close', () => client.destroy());
  client.once('close', () => target.destroy());
}
