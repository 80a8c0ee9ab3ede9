import { CodedError } from '../../base/errors.ts';
import {
  type ContextReference,
  type ContextRow,
  listPorts,
  openView,
  type PluginTerms,
  type RestartForward,
  restartForward,
  startForward,
} from '../../rpc/contract.ts';
import { startGateway } from '../../rpc/gatewayContract.ts';
import { isOfWorkspace, type KubeconfigPlaces } from '../workspaceKubeconfigs.ts';
import type { KeyValueStore } from './rememberedNamespaces.ts';

const ALLOWED = 'allowedPlugins';

/** Where the parameters of a request have the context that the request makes the host sign in to. */
const CONTEXT_PATHS: ReadonlyMap<string, readonly string[]> = new Map([
  [openView.method, ['scope', 'context']],
  [listPorts.method, ['context']],
  [startForward.method, ['target', 'context']],
  [startGateway.method, ['context']],
]);

export interface PluginGateOptions {
  readonly find: (reference: ContextReference) => ContextRow | undefined;
  readonly places: () => KubeconfigPlaces;
  /** The context of a forward that the host has. */
  readonly contextOfForward: (id: string) => ContextReference | undefined;
  /** A store for this workspace that the workspace itself cannot write. */
  readonly memory: KeyValueStore;
  /** Asks the user whether the program may run. */
  readonly ask: (row: ContextRow, plugin: string) => Promise<boolean>;
}

/**
 * Holds back requests that would run a program from a workspace's kubeconfig until the user allows the program. Asks once per
 * program, arguments, environment and server. Programs from the user's own kubeconfigs run without asking, as in kubectl.
 */
export class PluginGate {
  readonly #options: PluginGateOptions;
  /** Open questions by approval key. */
  readonly #open = new Map<string, Promise<boolean>>();

  constructor(options: PluginGateOptions) {
    this.#options = options;
  }

  /**
   * Checks a request. @param method of the request
   * @returns the parameters to send, with the allowed plugin, because the host reads the kubeconfig again
   * @throws CodedError `PLUGIN_NOT_ALLOWED`
   */
  async pass<P>(method: string, parameters: P): Promise<P> {
    const reference = this.#contextOf(method, parameters);
    if (reference === undefined) return parameters;
    const { folders, named } = this.#options.places();
    const row = this.#options.find(reference);
    await this.#ask(row);
    if (folders.length === 0 && named.length === 0) return parameters;
    const { identity } = row ?? {};
    const isAllowed = identity !== undefined && this.#allowed().includes(identity);
    return withTerms(method, parameters, { folders, named, ...(isAllowed && { allowed: identity }) });
  }

  async #ask(row: ContextRow | undefined): Promise<void> {
    if (row?.plugin === undefined || !isOfWorkspace(row, this.#options.places())) return;
    const { plugin, context, identity = '' } = row;
    if (this.#allowed().includes(identity)) return;
    const answer = this.#open.get(identity) ?? this.#options.ask(row, plugin);
    this.#open.set(identity, answer);
    try {
      if (!(await answer)) throw new CodedError('PLUGIN_NOT_ALLOWED', { context, command: plugin });
      const allowed = this.#allowed();
      if (!allowed.includes(identity)) await this.#options.memory.update(ALLOWED, [...allowed, identity]);
    } finally {
      this.#open.delete(identity);
    }
  }

  /** The context that a request makes the host sign in to. */
  #contextOf(method: string, parameters: unknown): ContextReference | undefined {
    if (method === restartForward.method) {
      return this.#options.contextOfForward((parameters as RestartForward).id);
    }
    const path = CONTEXT_PATHS.get(method);
    const read = (value: unknown, name: string) => (value as Readonly<Record<string, unknown>>)[name];
    return path?.reduce(read, parameters) as ContextReference | undefined;
  }

  #allowed(): readonly string[] {
    return this.#options.memory.get<readonly string[]>(ALLOWED, []);
  }
}

/** The parameters with the terms in their context or, for a forward that the host knows, beside its id. */
function withTerms<P>(method: string, parameters: P, plugins: PluginTerms): P {
  const add = (value: unknown, [name, ...rest]: readonly string[]): object => {
    const given = value as Readonly<Record<string, unknown>>;
    return name === undefined ? { ...given, plugins } : { ...given, [name]: add(given[name], rest) };
  };
  return add(parameters, CONTEXT_PATHS.get(method) ?? []) as P;
}
