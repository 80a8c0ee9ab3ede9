import type { KubernetesObject, ResourceKey } from '../objects/types.ts';
import { type Column, TABLE_COLUMNS } from './tableColumns.ts';

/** The forms in which a client can ask for objects, by the `as` parameter of its Accept header. */
export type Representation = 'Object' | 'Table' | 'PartialObjectMetadata';

/** What goes with each row of a table: the query parameter `includeObject`. */
export type IncludeObject = 'None' | 'Metadata' | 'Object';

const META = 'meta.k8s.io/v1';

/** The first of the accepted forms that is served; anything that is not JSON is passed over. */
export function representationOf(accept: string | undefined): Representation {
  for (const part of (accept ?? '').split(',')) {
    if (!/^\s*(application\/json|application\/\*|\*\/\*)/.test(part)) continue;
    if (/;\s*as=Table\b/.test(part)) return 'Table';
    if (/;\s*as=PartialObjectMetadata(List)?\b/.test(part)) return 'PartialObjectMetadata';
    return 'Object';
  }
  return 'Object';
}

export function includeObjectOf(query: URLSearchParams): IncludeObject {
  const value = query.get('includeObject');
  return value === 'None' || value === 'Object' ? value : 'Metadata';
}

export interface TableOptions {
  readonly resource: ResourceKey;
  readonly includeObject: IncludeObject;
  /** The events of a watch name the columns once, in the first. */
  readonly hasColumns: boolean;
  readonly listMeta: Readonly<Record<string, string | number>>;
}

/** Objects in the `Table` form, which kubectl prints as it comes. */
export function toTable(objects: readonly KubernetesObject[], options: TableOptions): unknown {
  const columns = TABLE_COLUMNS[options.resource] as unknown as readonly Column<KubernetesObject>[];
  const now = Date.now();
  return {
    kind: 'Table',
    apiVersion: META,
    metadata: options.listMeta,
    columnDefinitions: options.hasColumns ? columns.map(definition) : null,
    rows: objects.map((object) => ({
      cells: columns.map((column) => column.cell(object, now)),
      ...rowObject(object, options.includeObject),
    })),
  };
}

export function toPartialMetadata(object: KubernetesObject): unknown {
  return { kind: 'PartialObjectMetadata', apiVersion: META, metadata: object.metadata };
}

function rowObject(object: KubernetesObject, include: IncludeObject): { readonly object?: unknown } {
  if (include === 'None') return {};
  return { object: include === 'Object' ? object : toPartialMetadata(object) };
}

function definition(column: Column<KubernetesObject>): unknown {
  return {
    name: column.name,
    type: column.type ?? 'string',
    format: column.name === 'Name' ? 'name' : '',
    description: column.name,
    priority: column.priority ?? 0,
  };
}
