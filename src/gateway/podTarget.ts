import { type Disposable, DisposableStore } from '../base/disposable.ts';
import { CodedError } from '../base/errors.ts';
import type { Event } from '../base/event.ts';
import { isCompleted, isReady, isTerminating } from '../kube/target/podState.ts';
import type { RestConfig } from '../rest/restConfig.ts';
import type { ClusterAccess } from '../session/kubeTarget.ts';
import { toPodState } from '../session/podStates.ts';
import type {
  ChoosePodOptions,
  ChosenPod,
  PodState,
  SessionTarget,
  TargetObserver,
} from '../session/ports.ts';
import type { NamespaceDirectory } from './namespaceDirectory.ts';

export interface PodTargetOptions {
  readonly access: (signal: AbortSignal) => Promise<ClusterAccess>;
  readonly directory: NamespaceDirectory;
  readonly uid: string;
  readonly name: string;
  /** Fires when the user has signed in, so that the session tries again at once. Optional. */
  readonly onDidSignIn?: Event<void> | undefined;
}

/**
 * The target of a gateway's session: one pod, with all its ports. Reads the pod from the {@link NamespaceDirectory},
 * which a watch keeps up to date, so that no request to the API server is necessary.
 */
export class PodTarget implements SessionTarget {
  readonly #options: PodTargetOptions;

  constructor(options: PodTargetOptions) {
    this.#options = options;
  }

  async resolve({ signal }: ChoosePodOptions): Promise<ChosenPod> {
    const { access, directory, uid, name } = this.#options;
    const { restConfig } = await access(signal);
    await restConfig.credentials.get(signal);
    const pod = directory.pod(uid);
    const { namespace } = directory;
    if (pod === undefined || isCompleted(pod)) throw new CodedError('POD_NOT_FOUND', { name, namespace });
    return {
      restConfig,
      pod: { namespace, name, uid },
      isReady: isReady(pod),
      isTerminating: isTerminating(pod),
      remotePorts: [],
    };
  }

  async currentRestConfig(signal: AbortSignal): Promise<RestConfig> {
    return (await this.#options.access(signal)).restConfig;
  }

  inspect(): Promise<PodState | undefined> {
    return Promise.resolve(this.#state);
  }

  watch(observer: TargetObserver): Disposable {
    let lastText = '';
    const { directory, onDidSignIn } = this.#options;
    const owned = new DisposableStore();
    if (onDidSignIn !== undefined) owned.add(onDidSignIn(() => observer.onSeen()));
    owned.add(
      directory.onDidChange(() => {
        const state = this.#state;
        const text = JSON.stringify(state);
        if (text === lastText) return;
        lastText = text;
        observer.onPods(state === undefined ? [] : [state]);
      }),
    );
    return owned;
  }

  get #state(): PodState | undefined {
    const pod = this.#options.directory.pod(this.#options.uid);
    return pod && toPodState(pod);
  }
}
