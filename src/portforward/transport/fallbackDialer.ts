import { CodedError, isCoded } from '../../base/errors.ts';
import { StatusError } from '../../rest/statusError.ts';
import type { Dialer, PodReference, TransportName, Tunnel } from './transport.ts';
import type { TransportMemory } from './transportMemory.ts';

export interface NamedDialer {
  readonly name: TransportName;
  readonly dialer: Dialer;
}

export interface FallbackOptions {
  /** In the order to try them. */
  readonly dialers: readonly NamedDialer[];
  readonly memory: TransportMemory;
  /** Told of each refusal that made the next one's turn. */
  readonly onRefused: (transport: TransportName, error: CodedError) => void;
}

/**
 * Tries one transport after the other. What refuses the protocol is remembered for the server, and goes last from then
 * on; who was let in once goes first for the rest of this forward, so that a right which is missing for one transport
 * is asked for once.
 */
export class FallbackDialer implements Dialer {
  readonly #options: FallbackOptions;
  #winner: TransportName | undefined;

  constructor(options: FallbackOptions) {
    this.#options = options;
  }

  async dial(pod: PodReference, signal: AbortSignal): Promise<Tunnel> {
    const refusals: { readonly name: TransportName; readonly error: CodedError }[] = [];
    for (const { name, dialer } of this.#ordered()) {
      if (name === 'channel' && refusals.some(isPassing)) continue;
      try {
        const tunnel = await dialer.dial(pod, signal);
        this.#winner = name;
        return tunnel;
      } catch (error) {
        if (!isRefusal(error)) throw error;
        if (isProtocolRefusal(error)) this.#options.memory.remember(name);
        this.#options.onRefused(name, error);
        refusals.push({ name, error });
      }
    }
    throw summary(refusals.map(({ error }) => error));
  }

  #ordered(): NamedDialer[] {
    const rank = ({ name }: NamedDialer) =>
      name === this.#winner ? 0 : this.#options.memory.isRefused(name) ? 2 : 1;
    return [...this.#options.dialers].sort((a, b) => rank(a) - rank(b));
  }
}

/** Another transport may do better: the protocol is not spoken, or the verb that it asks for is not granted. */
function isRefusal(error: unknown): error is CodedError {
  return isCoded(error, 'UPGRADE_REFUSED') || isCoded(error, 'FORBIDDEN');
}

/** Overload, failing nodes and connections that break pass; what they refuse is not the protocol. */
function isProtocolRefusal(error: CodedError): boolean {
  if (error.code !== 'UPGRADE_REFUSED') return false;
  if (!(error instanceof StatusError)) return error.cause === undefined;
  const { code } = error.status;
  return code < 500 ? code !== 429 : code === 501 || code === 502;
}

/**
 * A channel tunnel opens without asking the server: it would stand for a WebSocket that is refused for want of the verb
 * that the channel wants too, or only for now.
 */
function isPassing({ name, error }: { readonly name: TransportName; readonly error: CodedError }): boolean {
  return name === 'websocket' && !isProtocolRefusal(error);
}

/** One error for all: a missing right is what a user can do something about. */
function summary(errors: readonly CodedError[]): CodedError {
  const forbidden = errors.filter((error) => error.code === 'FORBIDDEN');
  const [first] = forbidden;
  if (first === undefined) return errors.at(-1) ?? new CodedError('USAGE', { reason: 'no transport to try' });
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
