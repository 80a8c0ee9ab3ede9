import {
  type ContextReference,
  type ContextRow,
  listPorts,
  openView,
  type PluginTerms,
  type WorkspacePlaces,
} from '../../rpc/clustersContract.ts';
import { type RestartForward, restartForward, startForward } from '../../rpc/forwardsContract.ts';
import { restoreGateway, startGateway } from '../../rpc/gatewayContract.ts';
import type { Holder } from '../../rpc/holdersContract.ts';
import { notAllowed } from '../../rpc/notAllowed.ts';
import { withPlugins } from '../../rpc/pluginTerms.ts';
import { isOfWorkspace, type KubeconfigPlaces } from '../workspaceKubeconfigs.ts';
import type { ContextsModel } from './contextsModel.ts';
import type { KeyValueStore } from './rememberedNamespaces.ts';

const ALLOWED = 'allowedPlugins';

/**
 * The requests that {@link PluginGate} must check, because they make the host sign in to the cluster of a context, and
 * signing in may run a plugin or send a token file. The value says where the parameters of the request contain the
 * context: `['scope', 'context']` means `parameters.scope.context`.
 */
const CONTEXT_PATHS: ReadonlyMap<string, readonly string[]> = new Map([
  [openView.method, ['scope', 'context']],
  [listPorts.method, ['context']],
  [startForward.method, ['target', 'context']],
  [startGateway.method, ['context']],
  [restoreGateway.method, ['context']],
]);

/** The requests that restart a forward or gateway. The host knows which plugins and token files it may use for them. */
const RESTARTS: ReadonlySet<string> = new Set([restartForward.method, restoreGateway.method]);

export interface PluginGateOptions {
  readonly contexts: Pick<ContextsModel, 'find' | 'load' | 'update'>;
  readonly places: () => KubeconfigPlaces;
  /**
   * Returns the context of the forward with this id. Needed to check a request that restarts a forward, because such a
   * request contains only the id.
   */
  readonly contextOfForward: (id: string) => ContextReference | undefined;
  /**
   * Stores which plugins and token files the user has allowed in this workspace. Files of the workspace cannot change
   * this store, so a workspace cannot allow its own plugins and token files.
   */
  readonly memory: KeyValueStore;
  /** Asks the user whether the plugin of the context may run, or whether its token file may be sent. */
  readonly ask: (row: ContextRow) => Promise<boolean>;
}

/**
 * Asks the user for permission before a request makes the host run a plugin that a kubeconfig of the workspace names,
 * or send the content of a token file that it names: the file may contain any secret of the user, and the kubeconfig
 * names the server that would get the secret. Remembers the permission, but asks again if the plugin, its arguments,
 * its environment, the server or the path of a credential file changes. Plugins and token files of the user's own
 * kubeconfigs are used without a question, as in kubectl.
 */
export class PluginGate {
  readonly #options: PluginGateOptions;
  /**
   * The questions that the user has not answered yet, by {@link ContextRow.identity}. A second request that needs the
   * same permission waits for the same answer, and does not ask again.
   */
  readonly #open = new Map<string, Promise<boolean>>();

  constructor(options: PluginGateOptions) {
    this.#options = options;
  }

  /**
   * Called before each request to the host. If the request needs a plugin or a token file that the user has not allowed
   * yet, asks the user and waits for the answer.
   * @param method the method of the request
   * @returns the parameters to send. They contain the identity (a hash) of what the user has allowed. The host reads
   *   the kubeconfig again before it uses the plugin or the token file, and rejects those with another identity
   * @throws CodedError `PLUGIN_NOT_ALLOWED`, `TOKEN_FILE_NOT_ALLOWED` if the user does not give the permission
   */
  async pass<P>(method: string, parameters: P): Promise<P> {
    const reference = this.#contextOf(method, parameters);
    if (reference === undefined) return parameters;
    const all = this.#placesOf(reference);
    if (all.folders.length === 0 && all.named.length === 0) return parameters;
    const row = await this.#find(reference);
    // This window does not know the context, for example because a terminal started the forward or gateway. The window
    // or terminal that started it has already said which plugins and token files are allowed, and this must not change.
    // So the parameters are sent unchanged.
    const isDecided = RESTARTS.has(method) || reference.plugins !== undefined || isOfTerminal(parameters);
    if (row === undefined && isDecided) return parameters;
    await this.#ask(row, reference);
    const { identity } = row ?? {};
    const isAllowed = identity !== undefined && this.#allowed().includes(identity);
    const { folders, named } = this.#options.places();
    return withTerms(method, parameters, { folders, named, ...(isAllowed && { allowed: identity }) });
  }

  /**
   * Returns the places from which a kubeconfig needs a permission for a request: those of this window, and those of the
   * other windows that use the same forward or gateway. The host also refuses what a kubeconfig of another window
   * names, so without these places, a person could not give the permission in this window.
   */
  #placesOf({ plugins }: ContextReference): WorkspacePlaces {
    const { folders, named } = this.#options.places();
    return {
      folders: [...folders, ...(plugins?.folders ?? [])],
      named: [...named, ...(plugins?.named ?? [])],
    };
  }

  /**
   * Finds a context. If the context is unknown, loads the contexts first, because they may never have been loaded. If
   * the workspace names a token file, requests the contexts again: a `git pull` may have replaced the file by a link to
   * another file, and the host lists the contexts by itself only after a kubeconfig has changed.
   */
  async #find(reference: ContextReference): Promise<ContextRow | undefined> {
    const { contexts } = this.#options;
    const known = contexts.find(reference);
    if (known === undefined) await contexts.load();
    else if (known.tokenFile !== undefined && isOfWorkspace(known, this.#placesOf(reference))) {
      await contexts.update();
    }
    return contexts.find(reference);
  }

  async #ask(row: ContextRow | undefined, reference: ContextReference): Promise<void> {
    const refusal = row && notAllowed(row);
    if (row === undefined || refusal === undefined) return;
    const { identity = '' } = row;
    // If only another window has the workspace, its permission for this forward or gateway is enough.
    const isAllowedThere = reference.plugins?.allowed === identity;
    const places = isAllowedThere ? this.#options.places() : this.#placesOf(reference);
    if (!isOfWorkspace(row, places) || this.#allowed().includes(identity)) return;
    const answer = this.#open.get(identity) ?? this.#options.ask(row);
    this.#open.set(identity, answer);
    try {
      if (!(await answer)) throw refusal;
      const allowed = this.#allowed();
      if (!allowed.includes(identity)) await this.#options.memory.update(ALLOWED, [...allowed, identity]);
    } finally {
      this.#open.delete(identity);
    }
  }

  /**
   * Returns the context to whose cluster a request makes the host sign in. Undefined if the request needs no sign-in.
   */
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

/**
 * Returns whether a request starts a forward or gateway of a terminal again, because its host has ended. The terminal
 * has allowed every plugin and token file, as kubectl does.
 */
function isOfTerminal(parameters: unknown): boolean {
  return (parameters as { readonly holder?: Holder }).holder?.kind === 'terminal';
}

/**
 * Returns the parameters of a request with the field `plugins` added, which contains what the host needs to check a
 * plugin or a token file, such as the identity that the user has allowed. The field is added to the context in the
 * parameters. A request to restart a forward contains no context, so the field is added to the parameters themselves.
 * If this window starts the forward of another window again, the field already contains the terms of that window: they
 * stay.
 */
function withTerms<P>(method: string, parameters: P, plugins: PluginTerms): P {
  const add = (value: unknown, [name, ...rest]: readonly string[]): object => {
    const given = value as Readonly<Record<string, unknown>>;
    return name === undefined ? withPlugins(given, plugins) : { ...given, [name]: add(given[name], rest) };
  };
  return add(parameters, CONTEXT_PATHS.get(method) ?? []) as P;
}
