import type { KubernetesObject, ResourceKey } from '../objects/types.ts';
import { TABLE_COLUMNS, type TableColumn } from './tableColumns.ts';

/** The format of objects in a response. The client chooses the format with the `as` parameter of its Accept header. */
export type Representation = 'Object' | 'Table' | 'PartialObjectMetadata';

/** How much of the object each row of a table contains. The client chooses with the query parameter `includeObject`. */
export type IncludeObject = 'None' | 'Metadata' | 'Object';

const META = 'meta.k8s.io/v1';

/** Returns the format that an Accept header requests first. Ignores media types other than JSON. */
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
  /**
   * Whether the table contains the definitions of its columns. In a watch, only the table of the first event contains
   * definitions.
   */
  readonly hasColumns: boolean;
  readonly listMeta: Readonly<Record<string, string | number>>;
}

/** Renders objects as a `Table` of Kubernetes: the server computes the texts of the cells, and kubectl prints them. */
export function toTable(objects: readonly KubernetesObject[], options: TableOptions): unknown {
  const columns = TABLE_COLUMNS[options.resource] as unknown as readonly TableColumn<KubernetesObject>[];
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

function definition(column: TableColumn<KubernetesObject>): unknown {
  return {
    name: column.name,
    type: column.type ?? 'string',
    format: column.name === 'Name' ? 'name' : '',
    description: column.name,
    priority: column.priority ?? 0,
  };
}
