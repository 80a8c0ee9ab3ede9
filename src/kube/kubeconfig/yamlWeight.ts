import * as yaml from 'js-yaml';

/**
 * The weight of a value estimates how much memory the value needs. The weight of a scalar is this number plus the
 * number of its characters. The weight of a list or mapping is this number plus the weights of the values in it.
 */
const VALUE_WEIGHT = 32;
/**
 * The largest total weight of the values that the aliases of a text repeat. A text that exceeds this limit is rejected.
 * A real kubeconfig stays below the limit, and a text within the limit can be processed quickly.
 */
const ALIAS_LIMIT = 8 * 1024 * 1024;

/** A list, mapping or document that has not ended yet. */
interface Open {
  readonly anchor: string | undefined;
  weight: number;
}

/**
 * Returns the offset of the first alias that exceeds {@link ALIAS_LIMIT}, or that is inside the value to which it
 * refers. Returns undefined if there is no such alias. Without this limit, nested aliases could turn a few lines into
 * billions of values. In memory, these values are shared, but writing them as JSON would never end.
 */
export function findExcessiveAlias(source: string, events: readonly yaml.Event[]): number | undefined {
  const weights = new Map<string, number>();
  const open: Open[] = [];
  let added = 0;
  const add = (weight: number) => {
    const parent = open.at(-1);
    if (parent !== undefined) parent.weight += weight;
  };
  for (const event of events) {
    switch (event.type) {
      case yaml.EVENT_ID.DOCUMENT:
        open.push({ anchor: undefined, weight: 0 });
        break;
      case yaml.EVENT_ID.POP: {
        const closed = open.pop();
        if (closed?.anchor !== undefined) weights.set(closed.anchor, closed.weight);
        add(closed?.weight ?? 0);
        break;
      }
      case yaml.EVENT_ID.SCALAR: {
        const weight = VALUE_WEIGHT + event.valueEnd - event.valueStart;
        if (event.anchorStart >= 0) weights.set(nameOf(source, event), weight);
        add(weight);
        break;
      }
      case yaml.EVENT_ID.ALIAS: {
        const name = nameOf(source, event);
        const weight = weights.get(name) ?? 0;
        added += weight;
        if (added > ALIAS_LIMIT || open.some(({ anchor }) => anchor === name)) return event.anchorStart;
        add(weight);
        break;
      }
      default:
        open.push({
          anchor: event.anchorStart >= 0 ? nameOf(source, event) : undefined,
          weight: VALUE_WEIGHT,
        });
    }
  }
  return undefined;
}

function nameOf(source: string, event: { readonly anchorStart: number; readonly anchorEnd: number }): string {
  return source.slice(event.anchorStart, event.anchorEnd);
}
