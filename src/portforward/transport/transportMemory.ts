import type { TransportName } from './transport.ts';

/** Which transports a server does not speak, learnt from its refusals. One for each server, shared by its forwards. */
export class TransportMemory {
  readonly #refused = new Set<TransportName>();

  remember(transport: TransportName): void {
    this.#refused.add(transport);
  }

  isRefused(transport: TransportName): boolean {
    return this.#refused.has(transport);
  }
}
