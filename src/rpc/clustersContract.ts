import type { DeclaredPort } from '../kinds/ports.ts';
import type { Target } from '../kinds/target.ts';
import type { WorkloadKind } from '../kinds/targetKinds.ts';
import { type ErrorInfo, NotificationType, RequestType, RequestType0 } from './messages.ts';

// The part of the contract about clusters: contexts, and the views that show the objects of a cluster.

/**
 * Identifies a context by its kubeconfig and its name, because two kubeconfigs may have contexts with the same name.
 */
export interface ContextReference {
  /**
   * The path of the kubeconfig that defines the context; empty for the merged default (KUBECONFIG or the home folder).
   */
  readonly kubeconfig: string;
  readonly context: string;
  /**
   * Which exec plugins and token files the client allows the host to use. Optional, default every plugin and every
   * file, as in kubectl.
   */
  readonly plugins?: PluginTerms;
}

/** Returns a text that identifies a context of a kubeconfig. */
export function contextKey({ kubeconfig, context }: ContextReference): string {
  return `${kubeconfig}\u0000${context}`;
}

/** Returns true if both references are to the same context of the same kubeconfig. */
export function isSameContext(a: ContextReference, b: ContextReference): boolean {
  return contextKey(a) === contextKey(b);
}

/**
 * Which exec plugin or token file may be used for a context, as a window tells the host. A `git pull` may change a
 * kubeconfig of the workspace, so that it names a plugin or a token file that the user has not allowed. So the host
 * compares both with `allowed` each time it has read the kubeconfig.
 */
export interface PluginTerms extends WorkspacePlaces {
  /**
   * The {@link ContextRow.identity} for which the user has allowed the plugin or the token file. If the workspace
   * controls the kubeconfig, the host uses them only if the context still has this identity. Optional, default: the
   * host uses no such plugin and no such token file.
   */
  readonly allowed?: string;
}

/**
 * The paths by which the host finds out whether a kubeconfig belongs to the workspace of a window. Such a kubeconfig
 * can come from somebody else, so its exec plugin runs, and its token file is sent, only with the user's permission.
 * All paths are absolute.
 */
export interface WorkspacePlaces {
  /** The folders of the workspace. A `git pull` can change the files in them. */
  readonly folders: readonly string[];
  /** The kubeconfigs that the workspace settings name, but the user settings do not. */
  readonly named: readonly string[];
}

export interface ContextRow extends ContextReference {
  readonly cluster: string;
  readonly user: string;
  /** The namespace of the context; `default` if the context has none. */
  readonly namespace: string;
  readonly isCurrent: boolean;
  readonly server: string;
  /**
   * The files that define the context, its cluster and its user: their paths, and the targets of symbolic links. A
   * window uses the paths to find out whether the workspace controls the context. Missing in responses of older hosts.
   */
  readonly files?: readonly string[];
  /** The URL of the proxy that the kubeconfig names, without user name and password. Missing if it names none. */
  readonly proxy?: string;
  /**
   * Whether the kubeconfig decides which certificate of the API server is trusted: it trusts any certificate (`none`),
   * or it names an authority or the name of the server (`kubeconfig`). Missing if the authorities of the system decide.
   */
  readonly trust?: 'none' | 'kubeconfig';
  /** The exec plugin that the kubeconfig names for the user of the context. Missing if it names none. */
  readonly plugin?: string;
  /**
   * The path of the file whose content is sent to the API server as a token, without symbolic links. Missing if the
   * kubeconfig names none. If there is a token file, the plugin is not used.
   */
  readonly tokenFile?: string;
  /**
   * A hash of the API server, the plugin and the paths of credential files. If the user allows the plugin or the token
   * file, the permission is valid only as long as the hash is the same.
   */
  readonly identity?: string;
}

export interface NamespaceRow {
  readonly type: 'namespace';
  readonly name: string;
  readonly phase: string;
}

export interface PodRow {
  readonly type: 'pod';
  readonly name: string;
  /** The STATUS column of kubectl: `Running`, `CrashLoopBackOff`, `Terminating`, … */
  readonly status: string;
  readonly phase: string;
  readonly isReady: boolean;
  readonly readyContainers: number;
  readonly containers: number;
  readonly restarts: number;
  readonly node?: string;
  readonly ip?: string;
  /** The time of creation, as in RFC 3339: `2026-01-31T12:00:00Z`. */
  readonly createdAt: string;
  /** The names of the containers and sidecars. */
  readonly containerNames: readonly string[];
  readonly ports: readonly DeclaredPort[];
}

export interface ServiceRow {
  readonly type: 'service';
  readonly name: string;
  readonly serviceType: string;
  readonly clusterIp?: string;
  readonly hasSelector: boolean;
  /**
   * Whether the service has endpoints. Missing if that is not known: the service has no EndpointSlices, they are not
   * listed yet, or the user may not read them.
   */
  readonly hasEndpoints?: boolean;
  readonly ports: readonly DeclaredPort[];
}

export interface WorkloadRow {
  readonly type: 'workload';
  readonly kind: WorkloadKind;
  readonly name: string;
  readonly ready: number;
  readonly desired: number;
  /** The status of a Job that runs no pods: `Complete`, `Failed` or `Suspended`. */
  readonly status?: string;
  readonly ports: readonly DeclaredPort[];
}

export type Row = NamespaceRow | PodRow | ServiceRow | WorkloadRow;

/**
 * The objects that a view shows. A view is a list in a window, such as the pods of a namespace. The host watches the
 * objects in the cluster while the view is open.
 */
export type ViewScope =
  | { readonly type: 'namespaces'; readonly context: ContextReference }
  | {
      readonly type: 'pods' | 'services' | 'workloads';
      readonly context: ContextReference;
      readonly namespace: string;
      /** Shows only objects whose names contain this text; case does not matter. Optional, default all objects. */
      readonly filter?: string;
      /** The maximum number of rows to send. If more objects match, the host sends the first by name. */
      readonly limit: number;
    };

/** The current rows of a view. Sent when the view opens and after changes, at most about ten times a second. */
export interface ViewSnapshot {
  readonly viewId: number;
  /**
   * The first rows that match the filter, sorted by name: at most the `limit` of the scope, and fewer if the message
   * would be too large.
   */
  readonly rows: readonly Row[];
  /** The number of objects that match the filter, including those that `rows` omits. */
  readonly matching: number;
  readonly total: number;
  /** True once the host has listed all objects of the view. Until then, rows may be missing. */
  readonly isLoaded: boolean;
  /** The reason why rows are missing or out of date. */
  readonly error?: ErrorInfo;
}

/** A kubeconfig file that cannot be read or that contains an invalid entry. */
export interface ContextsProblem {
  /** The path of the file. */
  readonly kubeconfig: string;
  readonly error: ErrorInfo;
  /**
   * Set if the whole file cannot be used, so that contexts may be missing: the kubeconfig of these contexts, as in
   * {@link ContextReference.kubeconfig}. If it is empty, the file may also set the current context. Missing if only an
   * entry of the file is invalid, or if the settings name a file that does not exist.
   */
  readonly hidesContextsOf?: string;
}

export interface ContextsSnapshot {
  readonly contexts: readonly ContextRow[];
  /** The kubeconfigs that cannot be read or that contain an invalid entry, each with its first error. */
  readonly problems: readonly ContextsProblem[];
}

/** Returns the contexts of every kubeconfig. The host then sends {@link contextsChanged} when a file changes. */
export const listContexts = new RequestType0<ContextsSnapshot>('clusters/listContexts');
/**
 * Replaces the additional kubeconfigs of a client (`kubeconfigFiles` in {@link InitializeParameters}). A window sends
 * this request when its settings have changed.
 */
export const setKubeconfigFiles = new RequestType<{ readonly files: readonly string[] }, void>(
  'clusters/setKubeconfigFiles',
);
export const contextsChanged = new NotificationType<ContextsSnapshot>('clusters/contextsChanged');
/** Opens a view, or changes the scope of an open view. The client chooses `viewId`. */
export const openView = new RequestType<{ readonly viewId: number; readonly scope: ViewScope }, void>(
  'clusters/openView',
);
export const closeView = new RequestType<{ readonly viewId: number }, void>('clusters/closeView');
/**
 * Makes the host list the objects of a view again at once. The client sends this request when the user refreshes the
 * view, or chooses to list the objects again after a failure.
 */
export const refreshView = new RequestType<{ readonly viewId: number }, void>('clusters/refreshView');
export const viewChanged = new NotificationType<ViewSnapshot>('clusters/viewChanged');
export type TargetReference = Target & {
  readonly context: ContextReference;
  readonly namespace: string;
};

/** Lists the ports that the target of a forward (such as a pod or Service) declares. */
export const listPorts = new RequestType<TargetReference, readonly DeclaredPort[]>('clusters/listPorts');
