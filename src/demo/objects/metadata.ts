import { createHash, randomInt, randomUUID } from 'node:crypto';
import { defined } from '../../base/defined.ts';
import { timestamp } from '../duration.ts';
import type { KubernetesObject, Labels, ObjectMeta, OwnerReference } from './types.ts';

/** The characters of generated names in Kubernetes. There are no vowels, so that names contain no words. */
const NAME_LETTERS = 'bcdfghjklmnpqrstvwxz2456789';
const SUFFIX_LENGTH = 5;

export interface MetadataOptions {
  readonly name: string;
  readonly namespace?: string;
  readonly labels?: Labels;
  readonly annotations?: Labels;
  readonly owner?: KubernetesObject;
  readonly generateName?: string;
  readonly generation?: number;
  readonly createdAt?: Date;
}

/** Creates the metadata of a new object. The store sets the resource version. */
export function createMetadata(options: MetadataOptions): ObjectMeta {
  const { name, namespace, labels, annotations, owner, generateName, generation } = options;
  return {
    name,
    ...defined({ generateName, namespace }),
    uid: randomUUID(),
    resourceVersion: '',
    ...defined({ generation }),
    creationTimestamp: timestamp(options.createdAt),
    ...defined({ labels, annotations }),
    ...(owner === undefined ? {} : { ownerReferences: [ownerReference(owner)] }),
  };
}

/** Returns five random characters for the end of a generated name. */
export function randomSuffix(): string {
  let suffix = '';
  for (let i = 0; i < SUFFIX_LENGTH; i++) suffix += NAME_LETTERS[randomInt(NAME_LETTERS.length)];
  return suffix;
}

/**
 * Returns hexadecimal digits that look random, but are the same for the same seed. Used for the IDs of containers,
 * sandboxes and images, and for the hashes of pod templates.
 */
export function stableId(...seed: readonly string[]): string {
  return createHash('sha256').update(seed.join('/')).digest('hex');
}

/** Returns whether `owner` is one of the object's owners. */
export function isOwnedBy(object: KubernetesObject, owner: KubernetesObject): boolean {
  return object.metadata.ownerReferences?.some(({ uid }) => uid === owner.metadata.uid) ?? false;
}

function ownerReference({ apiVersion, kind, metadata }: KubernetesObject): OwnerReference {
  return {
    apiVersion,
    kind,
    name: metadata.name,
    uid: metadata.uid,
    controller: true,
    blockOwnerDeletion: true,
  };
}
