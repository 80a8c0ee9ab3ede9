import { type Clock, systemClock } from '../../base/async.ts';
import { CodedError, isCoded, usage } from '../../base/errors.ts';
import type { PodReference } from '../../kinds/forwardNotice.ts';
import type { TransportName } from '../../kinds/transports.ts';
import { StatusError } from '../../rest/statusError.ts';
import type { Dialer, DialOptions, Tunnel } from './transport.ts';
import { TransportMemory, type TransportState } from './transportMemory.ts';

const STATES: readonly TransportState[] = ['refused', 'aside', 'due', 'trusted'];

export interface NamedDialer {
  readonly name: TransportName;
  readonly dialer: Dialer;
}

interface Refusal {
  readonly name: TransportName;
  readonly error: CodedError;
}

export interface FallbackOptions {
  /** The dialers in the order of preference. */
  readonly dialers: readonly NamedDialer[];
  readonly memory: TransportMemory;
  /** Optional, default the system's clock. */
  readonly clock?: Clock;
  /** Called when the server has refused a transport or given no response, before the next transport is tried. */
  readonly onRefused: (transport: TransportName, error: CodedError) => void;
}

/**
 * Opens tunnels by the first transport that works. Tries the transports in the order of preference, except those that
 * have failed. A transport that got no response or failed temporarily is tried after the transports that work. A
 * transport that the server does not support, or for which a permission is missing, is tried last. 60 s after a
 * temporary failure, the transport is tried in the order of preference again, but only for spare tunnels: no connection
 * waits for a spare tunnel, so another failure delays nothing.
 */
export class FallbackDialer implements Dialer {
  readonly #options: FallbackOptions;
  readonly #clock: Clock;
  /**
   * Remembers failures for this attempt of the session only: missing permissions, and failures that may concern only
   * this pod, such as overload or a broken connection. When the next attempt begins, the permission may have been
   * granted, or another pod may be chosen. All other failures are in the memory that all attempts share.
   */
  readonly #own = new TransportMemory();

  constructor(options: FallbackOptions) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
  }

  async dial(
    pod: PodReference,
    signal: AbortSignal,
    options: DialOptions = { isSpare: false },
  ): Promise<Tunnel> {
    const refusals: Refusal[] = [];
    for (const { name, dialer } of this.#ordered(options)) {
      if (name === 'channel' && refusals.some(rulesOutChannel)) continue;
      try {
        const tunnel = await dialer.dial(pod, signal, options);
        for (const memory of this.#memories) memory.trust(name);
        return tunnel;
      } catch (error) {
        if (!isRefusal(error)) throw error;
        this.#note(name, error);
        this.#options.onRefused(name, error);
        refusals.push({ name, error });
      }
    }
    throw summary(refusals.map(({ error }) => error));
  }

  isBetterDue(transport: TransportName): boolean {
    const better = this.#options.dialers.slice(0, this.#indexOf(transport));
    return better.some(({ name }) => this.#stateOf(name) === 'due');
  }

  isBetter(transport: TransportName, other: TransportName): boolean {
    return this.#indexOf(transport) < this.#indexOf(other);
  }

  get #memories(): readonly TransportMemory[] {
    return [this.#options.memory, this.#own];
  }

  #note(name: TransportName, error: CodedError): void {
    const { memory } = this.#options;
    if (error.code === 'FORBIDDEN') this.#own.remember(name);
    else if (isProtocolRefusal(error)) memory.remember(name);
    else (isSilence(error) ? memory : this.#own).setAside(name, this.#clock.now());
  }

  #ordered({ isSpare }: DialOptions): NamedDialer[] {
    const ranks: Readonly<Record<TransportState, number>> = {
      trusted: 0,
      due: isSpare ? 0 : 1,
      aside: 1,
      refused: 2,
    };
    return this.#options.dialers.toSorted(
      (a, b) => ranks[this.#stateOf(a.name)] - ranks[this.#stateOf(b.name)],
    );
  }

  /**
   * Returns the worse of the transport's two states: the state in the shared memory and the state in this dialer's own
   * memory.
   */
  #stateOf(name: TransportName): TransportState {
    const now = this.#clock.now();
    const states = this.#memories.map((memory) => memory.stateOf(name, now));
    return STATES.find((state) => states.includes(state)) ?? 'trusted';
  }

  #indexOf(transport: TransportName): number {
    return this.#options.dialers.findIndex(({ name }) => name === transport);
  }
}

/**
 * Returns whether another transport may succeed after this error: the handshake failed, or the user lacks the verb that
 * this transport needs.
 */
function isRefusal(error: unknown): error is CodedError {
  return isCoded(error, 'UPGRADE_REFUSED') || isCoded(error, 'FORBIDDEN');
}

/**
 * Returns whether the error shows that the server does not support the protocol. Returns false for a missing response,
 * an overloaded server, a failing node and a broken connection, because these problems are temporary.
 */
export function isProtocolRefusal(error: CodedError): boolean {
  if (error.code !== 'UPGRADE_REFUSED' || typeof error.arguments['status'] !== 'number') return false;
  if (!(error instanceof StatusError)) return true;
  const { code } = error.status;
  return code < 500 ? code !== 429 : code === 501 || code === 502;
}

/**
 * Returns whether no response arrived in time: the server is busy, or a proxy between this program and the server does
 * not support the protocol.
 */
function isSilence(error: CodedError): boolean {
  const hasAnswer = error.code !== 'UPGRADE_REFUSED' || typeof error.arguments['status'] === 'number';
  return !hasAnswer && error.cause === undefined;
}

/**
 * Returns whether the channel transport must not be tried after this error. False for errors of transports other than
 * WebSocket. If a verb is missing for the WebSocket transport, the channel transport would fail too, because it needs
 * the same verb. After a temporary failure, it is better to try the WebSocket transport again later than to use the
 * channel transport, which cannot half-close. If the server gave no response, or does not support the WebSocket
 * transport, the channel transport is tried.
 */
function rulesOutChannel({ name, error }: Refusal): boolean {
  return name === 'websocket' && !isProtocolRefusal(error) && !isSilence(error);
}

/**
 * Returns one error for all transports. Prefers an error about a missing permission, because the user can ask an
 * administrator for this permission.
 */
function summary(errors: readonly CodedError[]): CodedError {
  const forbidden = errors.filter((error) => error.code === 'FORBIDDEN');
  const [first] = forbidden;
  if (first === undefined) return errors.at(-1) ?? usage('no transport is available');
  const verbs = ['get', 'create'].filter((verb) =>
    forbidden.some((error) => error.arguments['verb'] === verb),
  );
  if (verbs.length < 2) return first;
  const listed = verbs.map((verb) => `"${verb}"`).join(', ');
  return new CodedError(
    'FORBIDDEN',
    {
      ...first.arguments,
      verb: verbs.join(' or '),
      rule: `verbs: [${listed}], resources: ["pods/portforward"]`,
    },
    first,
  );
}
