import { CodedError } from '../../base/errors.ts';
import {
  type ContextReference,
  type ContextRow,
  type ForwardSpecification,
  listPorts,
  openView,
  type PluginTerms,
  type RestartForward,
  restartForward,
  type StartGateway,
  startForward,
  type TargetReference,
  type ViewScope,
} from '../../rpc/contract.ts';
import { startGateway } from '../../rpc/gatewayContract.ts';
import { isOfWorkspace, type KubeconfigPlaces } from '../workspaceKubeconfigs.ts';
import type { KeyValueStore } from './rememberedNamespaces.ts';

const ALLOWED = 'allowedPlugins';

type OpenView = { readonly viewId: number; readonly scope: ViewScope };

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
    switch (method) {
      case openView.method:
        return (parameters as OpenView).scope.context;
      case listPorts.method:
        return (parameters as TargetReference).context;
      case startForward.method:
        return (parameters as ForwardSpecification).target.context;
      case startGateway.method:
        return (parameters as StartGateway).context;
      case restartForward.method:
        return this.#options.contextOfForward((parameters as RestartForward).id);
      default:
        return undefined;
    }
  }

  #allowed(): readonly string[] {
    return this.#options.memory.get<readonly string[]>(ALLOWED, []);
  }
}

function withTerms<P>(method: string, parameters: P, plugins: PluginTerms): P;
function withTerms(method: string, parameters: unknown, plugins: PluginTerms): unknown {
  const withContext = <T extends { readonly context: ContextReference }>(one: T): T => ({
    ...one,
    context: { ...one.context, plugins },
  });
  switch (method) {
    case openView.method: {
      const view = parameters as OpenView;
      return { ...view, scope: withContext(view.scope) };
    }
    case listPorts.method:
      return withContext(parameters as TargetReference);
    case startGateway.method:
      return withContext(parameters as StartGateway);
    case startForward.method: {
      const specification = parameters as ForwardSpecification;
      return { ...specification, target: withContext(specification.target) };
    }
    default:
      return { ...(parameters as RestartForward), plugins };
  }
}
