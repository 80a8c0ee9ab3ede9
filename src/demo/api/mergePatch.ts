import { isObject, type JsonObject } from './requestBody.ts';

/**
 * The fields by which a strategic merge patch can identify the items of a list. Each list is merged by one field: the
 * first of these fields that occurs in all items of the patch.
 */
const MERGE_KEYS = ['name', 'port', 'containerPort'];

/**
 * How a patch changes a list. `merge` replaces the list (RFC 7396). `strategic` changes, adds and removes single items
 * of the list. Only what `kubectl apply` needs is implemented.
 */
export type MergeForm = 'merge' | 'strategic';

/** Returns `target` with a patch applied. Does not modify `target`. */
export function merge(target: unknown, patch: unknown, form: MergeForm): unknown {
  if (Array.isArray(patch)) {
    return form === 'merge' ? patch : mergeList(Array.isArray(target) ? target : [], patch);
  }
  if (!isObject(patch)) return patch;
  const merged: Record<string, unknown> = isObject(target) ? { ...target } : {};
  for (const [name, value] of Object.entries(patch)) {
    if (name.startsWith('$') || name === '__proto__') continue;
    if (value === null) delete merged[name];
    else merged[name] = merge(merged[name], value, form);
  }
  return merged;
}

function mergeList(target: readonly unknown[], patch: readonly unknown[]): readonly unknown[] {
  const key = MERGE_KEYS.find((candidate) => patch.every((item) => isObject(item) && candidate in item));
  if (key === undefined) return patch;
  const merged: unknown[] = [...target];
  for (const item of patch as readonly JsonObject[]) {
    const index = merged.findIndex((each) => isObject(each) && each[key] === item[key]);
    const isToGo = item['$patch'] === 'delete';
    if (index >= 0) merged.splice(index, 1, ...(isToGo ? [] : [merge(merged[index], item, 'strategic')]));
    else if (!isToGo) merged.push(merge({}, item, 'strategic'));
  }
  return merged;
}
