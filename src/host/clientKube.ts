import type { Clock } from '../base/async.ts';
import { type Disposable, DisposableStore } from '../base/disposable.ts';
import type { DeclaredPort } from '../kinds/ports.ts';
import { declaredPorts } from '../kube/target/declaredPorts.ts';
import type { ContextsSnapshot, TargetReference } from '../rpc/clustersContract.ts';
import type { HostNotifications } from '../rpc/outbox.ts';
import type { SharedEnvironment } from './clientEnvironments.ts';
import { contextsOf, kubeconfigPaths } from './contextList.ts';
import { FileWatch } from './fileWatch.ts';
import { ViewPublisher } from './viewPublisher.ts';

export interface ClientKubeOptions {
  readonly environment: SharedEnvironment;
  /** The paths of kubeconfigs in addition to the default kubeconfig. */
  readonly files: readonly string[];
  readonly notifications: HostNotifications;
  readonly clock: Clock;
}

/**
 * The contexts and the open views (lists of pods and other objects) of one client. After the client has requested the
 * contexts for the first time, sends the contexts again whenever a kubeconfig changes.
 */
export class ClientKube implements Disposable {
  readonly environment: SharedEnvironment;
  readonly views: ViewPublisher;
  readonly #notifications: HostNotifications;
  readonly #owned = new DisposableStore();
  readonly #fileWatch: FileWatch;
  #files: readonly string[];
  #demo: string | undefined;
  #isAsked = false;
  #version = 0;

  constructor({ environment, files, notifications, clock }: ClientKubeOptions) {
    this.environment = environment;
    this.#files = files;
    this.#notifications = notifications;
    this.views = this.#owned.add(
      new ViewPublisher({
        sources: environment.sources,
        clock,
        onChange: (snapshot) => notifications.viewChanged(snapshot),
      }),
    );
    this.#fileWatch = this.#owned.add(new FileWatch(() => void this.#sendContexts()));
  }

  /**
   * Returns the contexts. From now on, also watches the kubeconfigs, and sends the contexts to the client when they
   * change.
   */
  async contexts(): Promise<ContextsSnapshot> {
    this.#isAsked = true;
    this.#watchFiles();
    return await contextsOf(this.environment.access, this.#allFiles());
  }

  setFiles(files: readonly string[]): void {
    this.#files = files;
    this.#onFilesChanged();
  }

  /** Sets the path of the demo cluster's kubeconfig; undefined when the demo cluster has ended. */
  setDemo(kubeconfig: string | undefined): void {
    if (kubeconfig === this.#demo) return;
    this.#demo = kubeconfig;
    this.#onFilesChanged();
  }

  async listPorts(target: TargetReference, signal: AbortSignal): Promise<readonly DeclaredPort[]> {
    const { cluster } = await this.environment.access.signIn(target.context, signal);
    return await declaredPorts(cluster, target, target.namespace, signal);
  }

  dispose(): void {
    this.#owned.dispose();
  }

  #onFilesChanged(): void {
    if (!this.#isAsked || this.#owned.isDisposed) return;
    this.#watchFiles();
    void this.#sendContexts();
  }

  #watchFiles(): void {
    if (this.#owned.isDisposed) return;
    this.#fileWatch.setPaths(kubeconfigPaths(this.environment.access.environment, this.#allFiles()));
  }

  /**
   * Reads the contexts and sends them to the client. Sends nothing if another call has started meanwhile, because that
   * call sends newer contexts. Never rejects.
   */
  async #sendContexts(): Promise<void> {
    const version = ++this.#version;
    const contexts = await contextsOf(this.environment.access, this.#allFiles());
    if (version === this.#version && !this.#owned.isDisposed) this.#notifications.contextsChanged(contexts);
  }

  #allFiles(): readonly string[] {
    return this.#demo === undefined ? this.#files : [...this.#files, this.#demo];
  }
}
