import { type Clock, deadline, raceAbort } from '../base/async.ts';
import { CodedError } from '../base/errors.ts';
import { ChallengeError, challengeHost } from './challenge.ts';
import { handOver, type InitializeParameters, initialize } from './contract.ts';
import { type HostClient, HostConnection, type ReplacedHost } from './hostClient.ts';
import type { HostRecord } from './hostRecord.ts';
import { connectToRecord } from './hostSocket.ts';
import { fromResponseError } from './rpcErrors.ts';

interface Limits {
  readonly signal: AbortSignal;
  readonly clock: Clock;
}

/**
 * How long a host may take to answer `initialize` or {@link handOver}, in milliseconds. After this time, the client
 * gives up with `HOST_UNRESPONSIVE`. The limit is this long because of {@link handOver}: before the host answers that
 * request, it stops all its forwards.
 */
const ANSWER_LIMIT_MS = 10_000;

/**
 * Connects to the host whose socket is in the record, and runs the challenge. The caller owns the connection. Returns
 * undefined if the host is dead, closes the connection during the challenge, or does not know the secret.
 * @throws CodedError `HOST_NOT_PERMITTED`, `HOST_UNRESPONSIVE`; other errors of the connection; the signal's reason
 *   when aborted
 */
export async function openConnection(
  record: HostRecord,
  signal: AbortSignal,
  clock: Clock,
): Promise<HostConnection | undefined> {
  const socket = await connectToRecord(record, signal);
  if (socket === undefined) return undefined;
  try {
    await challengeHost(socket, record.secret, clock, signal);
  } catch (error) {
    if (!(error instanceof ChallengeError)) throw error;
    if (error.reason === 'silent') throw unresponsive(record, error);
    return undefined;
  }
  return new HostConnection(socket, clock);
}

/**
 * Sends the request `initialize`, which tells the host the environment of this client. Returns the same connection as a
 * {@link HostClient}, which also contains the host's answer. The caller owns the client. If the request fails, disposes
 * of the connection.
 * @throws CodedError `HOST_LOST`, `HOST_UNRESPONSIVE`
 */
export async function introduce(
  connection: HostConnection,
  record: HostRecord,
  parameters: InitializeParameters,
  options: Limits & { readonly replaced: ReplacedHost | undefined },
): Promise<HostClient> {
  const host = await within(connection, record, options, connection.request(initialize, parameters));
  return Object.assign(connection, { host, replaced: options.replaced });
}

/**
 * Makes the host stop, and returns the forwards and gateways to start again in another host. When the promise resolves,
 * the host no longer listens on its socket or on the ports of its forwards. Disposes of the connection.
 * @throws CodedError `HOST_LOST`, `HOST_UNRESPONSIVE`
 */
export async function handOverHost(
  connection: HostConnection,
  record: HostRecord,
  environment: InitializeParameters['environment'],
  limits: Limits,
): Promise<ReplacedHost> {
  const result = await within(connection, record, limits, connection.request(handOver, { environment }));
  connection.dispose();
  return { ...result, version: record.version };
}

/**
 * Waits for the answer to a request, with a time limit. If the request fails or the limit has passed, disposes of the
 * connection.
 */
async function within<T>(
  connection: HostConnection,
  record: HostRecord,
  { signal, clock }: Limits,
  answer: Promise<T>,
): Promise<T> {
  using limit = deadline(signal, ANSWER_LIMIT_MS, () => unresponsive(record), clock);
  try {
    return await raceAbort(answer, limit.signal);
  } catch (error) {
    connection.dispose();
    throw limit.signal.aborted ? error : fromResponseError(error);
  }
}

function unresponsive({ processId }: HostRecord, cause?: unknown): CodedError {
  return new CodedError('HOST_UNRESPONSIVE', { processId }, cause);
}
