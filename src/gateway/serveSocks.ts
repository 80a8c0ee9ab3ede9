import { type CodedError, isCoded, toCoded } from '../base/errors.ts';
import { isPort } from '../kinds/ports.ts';
import {
  connectToDestination,
  type GatewayConnection,
  type ProgramTrust,
  resolveDestination,
} from './connection.ts';
import { refused } from './headReader.ts';
import { endGently } from './http/answer.ts';
import { refusalOf } from './refusal.ts';
import {
  greetingAnswer,
  parseGreeting,
  parsePassword,
  parseRequest,
  passwordAnswer,
  requestAnswer,
  SOCKS_REPLY,
  type SocksReply,
  type SocksRequest,
} from './socks.ts';

/**
 * Serves a SOCKS 5 client (RFC 1928). Supports the command CONNECT only.
 * @throws CodedError `REQUEST_REFUSED` for a malformed message; `STOPPED` if the client has disconnected
 */
export async function serveSocks(connection: GatewayConnection): Promise<void> {
  const { socket, reader } = connection;
  const method = await reader.read(parseGreeting);
  if (method === undefined)
    return refuse(connection, greetingAnswer(method), 'the client offers no supported authentication method');
  socket.write(greetingAnswer(method));
  const trust = method === 'password' ? await readPassword(connection) : 'none';
  if (trust === 'wrong') return refuse(connection, passwordAnswer(false), 'the password is wrong');
  const request = await reader.read(parseRequest);
  const reply = await connect(connection, request, trust === 'none' ? undefined : trust);
  if (reply !== undefined) endGently(socket, requestAnswer(reply), connection.services.clock);
}

/**
 * Reads the password of the SOCKS client. Returns the rights of the program that was given this password, `none` for an
 * empty password, and `wrong` for an unknown password.
 */
async function readPassword({
  socket,
  reader,
  services,
}: GatewayConnection): Promise<ProgramTrust | 'none' | 'wrong'> {
  const password = await reader.read(parsePassword);
  const trust = password === '' ? 'none' : (services.trustOf(password) ?? 'wrong');
  if (trust !== 'wrong') socket.write(passwordAnswer(true));
  return trust;
}

/**
 * Connects the SOCKS client to its destination. Returns the SOCKS reply to send if the request is refused; otherwise
 * undefined.
 */
async function connect(
  connection: GatewayConnection,
  { isConnect, host, port }: SocksRequest,
  trust: ProgramTrust | undefined,
): Promise<SocksReply | undefined> {
  const { socket, services } = connection;
  const refuseWith = (error: CodedError, reply: SocksReply) => {
    services.onRefused(error, `${host}:${port}`);
    return reply;
  };
  if (!isConnect) {
    const error = refused('the proxy supports CONNECT only, not BIND or UDP');
    return refuseWith(error, SOCKS_REPLY.commandNotSupported);
  }
  if (!isPort(port, 1)) {
    return refuseWith(refused(`the port is ${port}, use a port from 1 to 65535`), SOCKS_REPLY.refused);
  }
  try {
    const resolved = await resolveDestination(connection, { host, port }, 'https', trust);
    socket.write(requestAnswer(SOCKS_REPLY.succeeded));
    await connectToDestination(connection, resolved);
    return undefined;
  } catch (error) {
    if (isCoded(error, 'STOPPED')) throw error;
    const coded = toCoded(error);
    return refuseWith(coded, refusalOf(coded).socks);
  }
}

function refuse({ socket, services }: GatewayConnection, answer: Buffer, reason: string): void {
  services.onRefused(refused(reason), undefined);
  endGently(socket, answer, services.clock);
}
