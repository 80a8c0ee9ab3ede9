/** Describes a kind of object that can be the target of a forward. */
export interface KindInfo {
  /** The `kind` in manifests and owner references. */
  readonly manifestKind: string;
  /** The plural name of the kind, as API paths contain it. */
  readonly plural: string;
  /** The short names, as `kubectl api-resources` lists them. */
  readonly shortNames: readonly string[];
  /** The API group. Empty for the core group. */
  readonly group: string;
  readonly version: string;
  /**
   * The form of `spec.selector`, which selects the pods. `labels`: a map of labels. `matchLabels`: an object with the
   * fields `matchLabels` and `matchExpressions`. `none`: the object is itself a pod.
   */
  readonly selector: 'none' | 'labels' | 'matchLabels';
  /**
   * True if the Clusters view lists objects of this kind under *Workloads*. The view does not list ReplicaSets, because
   * it lists the Deployments and Rollouts that create them.
   */
  readonly isWorkload: boolean;
  /**
   * True for a kind that a CustomResourceDefinition defines. A cluster without the definition does not have this kind.
   */
  readonly isCustom?: true;
}

/**
 * The kinds of targets, in the order in which messages list them. To add a kind, add an entry here, its shape in
 * `kube/cluster/objectShapes.ts`, its calls in `kube/cluster/apiCalls.ts` and, for a workload, the function in
 * `host/rows.ts` that counts its pods. Then run `npm run generate`.
 */
export const KINDS = {
  pod: {
    manifestKind: 'Pod',
    plural: 'pods',
    shortNames: ['po'],
    group: '',
    version: 'v1',
    selector: 'none',
    isWorkload: false,
  },
  service: {
    manifestKind: 'Service',
    plural: 'services',
    shortNames: ['svc'],
    group: '',
    version: 'v1',
    selector: 'labels',
    isWorkload: false,
  },
  deployment: {
    manifestKind: 'Deployment',
    plural: 'deployments',
    shortNames: ['deploy'],
    group: 'apps',
    version: 'v1',
    selector: 'matchLabels',
    isWorkload: true,
  },
  replicationcontroller: {
    manifestKind: 'ReplicationController',
    plural: 'replicationcontrollers',
    shortNames: ['rc'],
    group: '',
    version: 'v1',
    selector: 'labels',
    isWorkload: false,
  },
  replicaset: {
    manifestKind: 'ReplicaSet',
    plural: 'replicasets',
    shortNames: ['rs'],
    group: 'apps',
    version: 'v1',
    selector: 'matchLabels',
    isWorkload: false,
  },
  statefulset: {
    manifestKind: 'StatefulSet',
    plural: 'statefulsets',
    shortNames: ['sts'],
    group: 'apps',
    version: 'v1',
    selector: 'matchLabels',
    isWorkload: true,
  },
  daemonset: {
    manifestKind: 'DaemonSet',
    plural: 'daemonsets',
    shortNames: ['ds'],
    group: 'apps',
    version: 'v1',
    selector: 'matchLabels',
    isWorkload: true,
  },
  job: {
    manifestKind: 'Job',
    plural: 'jobs',
    shortNames: [],
    group: 'batch',
    version: 'v1',
    selector: 'matchLabels',
    isWorkload: true,
  },
  /**
   * A Rollout, which Argo Rollouts defines, is used instead of a Deployment:
   * https://argo-rollouts.readthedocs.io/en/stable/features/specification/
   */
  rollout: {
    manifestKind: 'Rollout',
    plural: 'rollouts',
    shortNames: ['ro'],
    group: 'argoproj.io',
    version: 'v1alpha1',
    selector: 'matchLabels',
    isWorkload: true,
    isCustom: true,
  },
} as const satisfies Record<string, KindInfo>;

/** A kind of object that can be the target of a forward. */
export type TargetKind = keyof typeof KINDS;

export type WorkloadKind = {
  [K in TargetKind]: (typeof KINDS)[K]['isWorkload'] extends true ? K : never;
}[TargetKind];

export const TARGET_KINDS = Object.keys(KINDS) as readonly TargetKind[];
export const WORKLOAD_KINDS = TARGET_KINDS.filter((kind): kind is WorkloadKind => KINDS[kind].isWorkload);

/** The kinds as text for a sentence: `pod, service or job`. */
export const KINDS_TEXT = `${TARGET_KINDS.slice(0, -1).join(', ')} or ${TARGET_KINDS.at(-1)}`;

/** Returns all names of a kind in lower case: the singular, plural and short names. */
export function namesOfKind(kind: TargetKind): readonly string[] {
  const { plural, shortNames } = KINDS[kind];
  return [kind, plural, ...shortNames];
}

/**
 * Returns the kind of target for the `kind` and `apiVersion` of an owner reference or a manifest; undefined for any
 * other kind. Compares the API group too, because two groups can have a kind with the same name: OpenKruise has its own
 * StatefulSet.
 */
export function kindOfManifest(manifestKind: string, apiVersion: string): TargetKind | undefined {
  const group = apiVersion.includes('/') ? apiVersion.split('/')[0] : '';
  return TARGET_KINDS.find(
    (kind) => KINDS[kind].manifestKind === manifestKind && KINDS[kind].group === group,
  );
}
