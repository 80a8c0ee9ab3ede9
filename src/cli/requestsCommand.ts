import type { Writable } from 'node:stream';
import { onAbort } from '../base/async.ts';
import { DisposableStore } from '../base/disposable.ts';
import { CodedError } from '../base/errors.ts';
import { printable } from '../base/text.ts';
import { EXCHANGE_LIMIT, type Exchange } from '../kinds/exchange.ts';
import { exchangesChanged, listExchanges, watchExchanges } from '../rpc/exchanges.ts';
import type { RequestsCommand } from './commands.ts';
import { exchangeFields, exchangeLine } from './exchangeLine.ts';
import { findHost, type HostLink, type TerminalServices } from './hostLink.ts';
import { jsonLine } from './jsonLine.ts';
import { chooseSources, type LoggedSource } from './loggedSources.ts';

/**
 * Prints the logged requests of forwards and gateways of the host. With `--follow`, also turns on their request logs
 * and prints new requests until `stop` is aborted.
 * @throws CodedError `FORWARD_UNKNOWN`, `FORWARD_AMBIGUOUS`, `REQUEST_LOG_OFF`, `HOST_LOST`
 */
export async function requests(
  { names, filter, output, follows }: RequestsCommand,
  { out, err, stop, ...services }: TerminalServices,
): Promise<void> {
  using host = await findHost(services);
  const [name] = names;
  if (host === undefined && name !== undefined) throw new CodedError('FORWARD_UNKNOWN', { name });
  const chosen = host === undefined ? [] : await chooseSources(host, names, filter);
  if (host === undefined || chosen.length === 0) {
    err.write('No forwards found.\n');
    return;
  }
  const printer = new Printer(out, output === 'json', chosen);
  if (!follows) return await printKept(host, chosen, printer);
  for (const source of chosen) await switchOn(host, source, err);
  await follow(host, printer, stop);
}

async function printKept(host: HostLink, chosen: readonly LoggedSource[], printer: Printer): Promise<void> {
  const [first] = chosen;
  const isOff = chosen.every((source) => source.isOff);
  const kept = await host.requestPromptly(listExchanges, {});
  const isPrinted = printer.print(kept);
  if (!isPrinted && isOff && first !== undefined)
    throw new CodedError('REQUEST_LOG_OFF', { forward: first.name });
}

async function switchOn(host: HostLink, source: LoggedSource, err: Writable): Promise<void> {
  if (source.isOn) return;
  await source.switchOn(host);
  err.write(
    `The request log of ${printable(source.name)} is now on. HTTP/2 requests are shown for new connections only.\n`,
  );
}

async function follow(host: HostLink, printer: Printer, stop: AbortSignal): Promise<void> {
  using owned = new DisposableStore();
  const over = new Promise<void>((resolve, reject) => {
    owned.add(onAbort(stop, resolve));
    owned.add(host.onDidClose(() => reject(new CodedError('HOST_LOST'))));
  });
  over.catch(() => {});
  owned.add(host.onNotification(exchangesChanged, ({ exchanges }) => printer.print(exchanges)));
  printer.print(await host.requestPromptly(watchExchanges, {}));
  await over;
}

/**
 * Prints the exchanges (requests with their responses) of the forwards and services that the command names. Prints each
 * exchange once, when it has ended.
 */
class Printer {
  readonly #out: Writable;
  readonly #isJson: boolean;
  readonly #sources: readonly LoggedSource[];
  readonly #printed = new Set<number>();

  constructor(out: Writable, isJson: boolean, sources: readonly LoggedSource[]) {
    this.#out = out;
    this.#isJson = isJson;
    this.#sources = sources;
  }

  /** Prints the exchanges that have ended and were not printed yet. Returns whether there were any. */
  print(exchanges: readonly Exchange[]): boolean {
    let isPrinted = false;
    for (const exchange of exchanges) {
      if (exchange.durationMs === undefined || this.#printed.has(exchange.id)) continue;
      const source = this.#sources.find(({ isOf }) => isOf(exchange));
      if (source === undefined) continue;
      this.#remember(exchange.id);
      this.#out.write(`${this.#lineOf(exchange, source)}\n`);
      isPrinted = true;
    }
    return isPrinted;
  }

  /**
   * Records that an exchange was printed, so that it is not printed again. If too many ids are recorded, removes the
   * oldest ids to save memory. These ids are not needed: the host stores only the latest exchanges, and does not report
   * older ones again.
   */
  #remember(id: number): void {
    this.#printed.add(id);
    if (this.#printed.size <= 2 * EXCHANGE_LIMIT) return;
    for (const printed of this.#printed) if (printed <= id - EXCHANGE_LIMIT) this.#printed.delete(printed);
  }

  #lineOf(exchange: Exchange, { name, hasServices }: LoggedSource): string {
    if (this.#isJson)
      return jsonLine({ ...(!hasServices && { forward: name }), ...exchangeFields(exchange) });
    const isNamed = hasServices || this.#sources.length === 1;
    return isNamed ? exchangeLine(exchange) : `${printable(name)} ${exchangeLine(exchange)}`;
  }
}
