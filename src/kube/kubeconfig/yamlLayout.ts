import * as yaml from 'js-yaml';

/**
 * The position of a value in a YAML document. `children` has the positions of the values inside this value: the members
 * of a mapping by name, the items of a list by number.
 */
export interface YamlLayout {
  /** Offset in the text, in UTF-16 code units. */
  readonly position: number;
  readonly children: ReadonlyMap<string | number, YamlLayout>;
}

interface MutableLayout extends YamlLayout {
  readonly children: Map<string | number, MutableLayout>;
}

/** A list, mapping or document that has not ended yet. */
interface Open {
  readonly layout: MutableLayout;
  readonly isMapping: boolean;
  /** In a mapping: the last name, if its value has not been read yet. Undefined if the next event is a name. */
  name?: string;
  /** In a list: the number of items so far. */
  count: number;
}

/**
 * Returns the positions of all values in the first document of a text. Error messages need the positions to name the
 * line of a value.
 */
export function layOut(source: string, events: readonly yaml.Event[]): YamlLayout {
  const document = createLayout(0);
  const open: Open[] = [];
  for (const event of events) {
    const parent = open.at(-1);
    switch (event.type) {
      case yaml.EVENT_ID.DOCUMENT:
        open.push({ layout: document, isMapping: false, count: 0 });
        break;
      case yaml.EVENT_ID.POP:
        open.pop();
        if (open.length === 0) return document.children.get(0) ?? document;
        break;
      case yaml.EVENT_ID.SCALAR:
        if (parent !== undefined) place(parent, event.valueStart, yaml.getScalarValue(source, event));
        break;
      case yaml.EVENT_ID.ALIAS:
        if (parent !== undefined) place(parent, event.anchorStart, '');
        break;
      default: {
        if (parent === undefined) break;
        const isMapping = event.type === yaml.EVENT_ID.MAPPING;
        open.push({ layout: place(parent, event.start, ''), isMapping, count: 0 });
      }
    }
  }
  return document;
}

/**
 * Adds a value to its parent. In a mapping, names and values alternate: a name is only stored in `parent.name`, until
 * the value with this name follows.
 */
function place(parent: Open, start: number, name: string): MutableLayout {
  // The parser gives no position for an empty value (`server:`), so the position of the parent is used.
  const layout = createLayout(start < 0 ? parent.layout.position : start);
  if (!parent.isMapping) {
    parent.layout.children.set(parent.count, layout);
    parent.count += 1;
  } else if (parent.name === undefined) {
    parent.name = name;
  } else {
    parent.layout.children.set(parent.name, layout);
    delete parent.name;
  }
  return layout;
}

function createLayout(position: number): MutableLayout {
  return { position, children: new Map() };
}
