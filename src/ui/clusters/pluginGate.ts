import { CodedError } from '../../base/errors.ts';
import {
  type ContextReference,
  type ContextRow,
  type ForwardSpecification,
  listPorts,
  openView,
  startForward,
  type TargetReference,
  type ViewScope,
} from '../../rpc/contract.ts';
import { isOfWorkspace, type KubeconfigPlaces } from '../workspaceKubeconfigs.ts';
import type { KeyValueStore } from './rememberedNamespaces.ts';

const ALLOWED = 'allowedPlugins';

export interface PluginGateOptions {
  readonly find: (reference: ContextReference) => ContextRow | undefined;
  readonly places: () => KubeconfigPlaces;
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

  /** @param method of the request. @throws CodedError `PLUGIN_NOT_ALLOWED` */
  async pass(method: string, parameters: unknown): Promise<void> {
    const reference = contextOf(method, parameters);
    const row = reference && this.#options.find(reference);
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

  #allowed(): readonly string[] {
    return this.#options.memory.get<readonly string[]>(ALLOWED, []);
  }
}

/** The context that a request makes the host sign in to. */
function contextOf(method: string, parameters: unknown): ContextReference | undefined {
  switch (method) {
    case openView.method:
      return (parameters as { readonly scope: ViewScope }).scope.context;
    case listPorts.method:
      return (parameters as TargetReference).context;
    case startForward.method:
      return (parameters as ForwardSpecification).target.context;
    default:
      return undefined;
  }
}
