import type { ErrorInfo } from '../../rpc/contract.ts';
import type { GatewayService, GatewaySnapshot } from '../../rpc/gatewayContract.ts';

/** A row beneath the namespaces that are open by name. */
export type NameRow =
  | {
      readonly type: 'namedService';
      readonly id: string;
      readonly service: GatewayService;
      /** Whether several namespaces are open. */
      readonly showsNamespace: boolean;
    }
  | {
      readonly type: 'namesProblem';
      readonly id: string;
      readonly namespace: string;
      readonly error: ErrorInfo;
    }
  | { readonly type: 'noServices'; readonly id: string };

/** Identifies the row of a gateway, also in the arguments of commands: a forward may have the same number. */
export function gatewayRowId({ id }: Pick<GatewaySnapshot, 'id'>): string {
  return `gateway ${id}`;
}

/** Identifies the row of a service of a gateway. */
export function serviceRowId(
  gateway: Pick<GatewaySnapshot, 'id'>,
  { namespace, name }: Pick<GatewayService, 'namespace' | 'name'>,
): string {
  return `${gatewayRowId(gateway)} ${namespace}/${name}`;
}

/** The rows below a gateway: the problem of a namespace if there is one, then all services. */
export function nameRows(gateway: GatewaySnapshot): readonly NameRow[] {
  const { namespaces, services } = gateway;
  const showsNamespace = namespaces.length > 1;
  const rows: readonly NameRow[] = [
    ...namespaces.flatMap(({ name, error }): readonly NameRow[] =>
      error === undefined
        ? []
        : [{ type: 'namesProblem', id: `${gatewayRowId(gateway)} problem ${name}`, namespace: name, error }],
    ),
    ...services.map(
      (service): NameRow => ({
        type: 'namedService',
        id: serviceRowId(gateway, service),
        ...{ service, showsNamespace },
      }),
    ),
  ];
  const isLoaded = namespaces.every((namespace) => namespace.isLoaded);
  return rows.length > 0 || !isLoaded ? rows : [{ type: 'noServices', id: `${gatewayRowId(gateway)} empty` }];
}
