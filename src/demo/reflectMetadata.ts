/**
 * Defines three functions of the Reflect metadata proposal, which the dependency injection of `@peculiar/x509` needs
 * when the library loads. Import this file before `@peculiar/x509`. Unlike the proposal, the functions support only
 * metadata of whole objects, without inheritance, because `@peculiar/x509` needs no more.
 */
const metadata = new WeakMap<object, Map<unknown, unknown>>();

function getOwnMetadata(key: unknown, target: object): unknown {
  return metadata.get(target)?.get(key);
}

function defineMetadata(key: unknown, value: unknown, target: object): void {
  const entries = metadata.get(target) ?? new Map<unknown, unknown>();
  metadata.set(target, entries.set(key, value));
}

if (!('getMetadata' in Reflect)) {
  Object.assign(Reflect, { getMetadata: getOwnMetadata, getOwnMetadata, defineMetadata });
}
