import { isObject, type JsonObject } from './requestBody.ts';

/** The fields that identify items of a list in the strategic form. The first field that all items have is used. */
const MERGE_KEYS = ['name', 'port', 'containerPort'];

/** How lists are merged: `merge` replaces them (RFC 7396), `strategic` merges item by item as far as `kubectl apply` needs. */
export type MergeForm = 'merge' | 'strategic';

/** Applies a merge patch. */
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
