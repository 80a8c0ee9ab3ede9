import type { Writable } from 'node:stream';
import { onAbort } from '../base/async.ts';
import { DisposableStore } from '../base/disposable.ts';
import { CodedError } from '../base/errors.ts';
import { printable } from '../base/text.ts';
import type { Exchange } from '../kinds/exchange.ts';
import { formatTarget } from '../kinds/target.ts';
import { type ForwardSnapshot, listForwards } from '../rpc/contract.ts';
import { exchangesChanged, listExchanges, setRequestLog, watchExchanges } from '../rpc/exchanges.ts';
import type { RequestsCommand } from './commandLine.ts';
import { exchangeFields, exchangeLine } from './exchangeLine.ts';
import { chooseForwards } from './forwardChoice.ts';
import { findHost, type HostLink, type HostSurroundings } from './hostLink.ts';
import { jsonLine } from './jsonLine.ts';

export interface RequestsSurroundings extends HostSurroundings {
  readonly out: Writable;
  readonly err: Writable;
  /** Ends following. */
  readonly stop: AbortSignal;
}

/**
 * Prints the requests that passed through forwards of the host and, if the command follows, those to come.
 * @throws CodedError `FORWARD_UNKNOWN`, `FORWARD_AMBIGUOUS`, `REQUEST_LOG_OFF`, `HOST_LOST`
 */
export async function requests(
  { names, filter, output, follows }: RequestsCommand,
  { out, err, stop, ...surroundings }: RequestsSurroundings,
): Promise<void> {
  using host = await findHost(surroundings);
  const forwards = host === undefined ? [] : await host.requestPromptly(listForwards);
  const chosen = chooseForwards(forwards, names, filter);
  if (host === undefined || chosen.length === 0) {
    err.write('No forwards found.\n');
    return;
  }
  const printer = new Printer(out, output === 'json', chosen);
  if (!follows) return await printKept(host, chosen, printer);
  for (const forward of chosen) await switchOn(host, forward, err);
  await follow(host, printer, stop);
}

async function printKept(
  host: HostLink,
  chosen: readonly ForwardSnapshot[],
  printer: Printer,
): Promise<void> {
  const [first] = chosen;
  const isOff = chosen.every(({ requestLog = 'off' }) => requestLog === 'off');
  const kept = await host.requestPromptly(listExchanges, {});
  const isPrinted = printer.print(kept);
  if (!isPrinted && isOff && first !== undefined)
    throw new CodedError('REQUEST_LOG_OFF', { forward: nameOf(first) });
}

async function switchOn(host: HostLink, forward: ForwardSnapshot, err: Writable): Promise<void> {
  const { id, requestLog = 'off' } = forward;
  if (requestLog !== 'off') return;
  await host.requestPromptly(setRequestLog, { forward: id, mode: 'metadata' });
  err.write(
    `The request log of ${printable(nameOf(forward))} is now on. HTTP/2 requests are shown for new connections only.\n`,
  );
}

async function follow(host: HostLink, printer: Printer, stop: AbortSignal): Promise<void> {
  const owned = new DisposableStore();
  try {
    const over = new Promise<void>((resolve, reject) => {
      owned.add(onAbort(stop, resolve));
      owned.add(host.onDidClose(() => reject(new CodedError('HOST_LOST'))));
    });
    over.catch(() => {});
    owned.add(host.onNotification(exchangesChanged, ({ exchanges }) => printer.print(exchanges)));
    printer.print(await host.requestPromptly(watchExchanges, {}));
    await over;
  } finally {
    owned.dispose();
  }
}

/** Prints each exchange of some forwards once, when it has ended. */
class Printer {
  readonly #out: Writable;
  readonly #isJson: boolean;
  readonly #names: ReadonlyMap<string, string>;
  #printed = new Set<number>();

  constructor(out: Writable, isJson: boolean, forwards: readonly ForwardSnapshot[]) {
    this.#out = out;
    this.#isJson = isJson;
    this.#names = new Map(forwards.map((forward) => [forward.id, nameOf(forward)]));
  }

  /** Prints exchanges and returns whether there were any to print. */
  print(exchanges: readonly Exchange[]): boolean {
    let isPrinted = false;
    for (const exchange of exchanges) {
      const name = this.#names.get(exchange.forward);
      if (name === undefined || exchange.durationMs === undefined || this.#printed.has(exchange.id)) continue;
      this.#printed.add(exchange.id);
      this.#out.write(`${this.#lineOf(exchange, name)}\n`);
      isPrinted = true;
    }
    return isPrinted;
  }

  #lineOf(exchange: Exchange, name: string): string {
    if (this.#isJson) return jsonLine({ forward: name, ...exchangeFields(exchange) });
    return this.#names.size === 1 ? exchangeLine(exchange) : `${printable(name)} ${exchangeLine(exchange)}`;
  }
}

function nameOf({ specification: { target, remotePort } }: ForwardSnapshot): string {
  return `${formatTarget(target)}:${remotePort}`;
}
