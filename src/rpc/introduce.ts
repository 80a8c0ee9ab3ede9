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

/** How long a host may take to answer; the longest answer waits for the end of its forwards. */
const ANSWER_LIMIT_MS = 10_000;

/**
 * Connects to a record's host and authenticates. The caller owns the connection. Returns undefined for a dead host.
 * @throws CodedError `HOST_UNRESPONSIVE`; the signal's reason when aborted
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

/** Introduces the client, which owns the connection from then on. @throws CodedError `HOST_LOST`, `HOST_UNRESPONSIVE` */
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
 * Makes the host end. Resolves when the host holds neither socket nor forward any more. @throws CodedError `HOST_LOST`,
 * `HOST_UNRESPONSIVE`
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

/** Waits for an answer with a time limit. Disposes of the connection if there is none. */
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
