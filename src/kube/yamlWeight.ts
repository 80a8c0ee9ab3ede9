import * as yaml from 'js-yaml';

/** What each value counts, besides the characters of a text: room for an object that holds it. */
const VALUE_WEIGHT = 32;
/** How much aliases may add to what is written: more than any kubeconfig shares, and soon handled. */
const ALIAS_LIMIT = 8 * 1024 * 1024;

/** A list, mapping or document whose end has not come yet. */
interface Open {
  readonly anchor: string | undefined;
  weight: number;
}

/**
 * Whether a text's aliases expand to a reasonable amount. A few lines can stand for billions of values: as one object they are
 * small, but whoever walks through them, or writes them as JSON, never ends.
 * @returns the offset of an alias that goes too far, or that stands within what it is an alias of; undefined where there is none
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
