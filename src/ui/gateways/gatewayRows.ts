import type { GatewayService, GatewaySnapshot } from '../../rpc/gatewayContract.ts';
import type { ErrorInfo } from '../../rpc/messages.ts';

/** A row below the row of a gateway. */
export type NameRow =
  | {
      readonly type: 'namedService';
      readonly id: string;
      readonly service: GatewayService;
      /**
       * Whether the label of the row contains the namespace. True if the gateway serves several namespaces, which may
       * have services with the same name.
       */
      readonly showsNamespace: boolean;
    }
  | {
      readonly type: 'namesProblem';
      readonly id: string;
      readonly namespace: string;
      readonly error: ErrorInfo;
    }
  | { readonly type: 'noServices'; readonly id: string };

/** Returns the id of the row of a service of a gateway. */
export function serviceRowId(
  gateway: Pick<GatewaySnapshot, 'id'>,
  { namespace, name }: Pick<GatewayService, 'namespace' | 'name'>,
): string {
  return `${gateway.id} ${namespace}/${name}`;
}

/** Returns the rows below a gateway: first the problems of its namespaces, then its services. */
export function nameRows(gateway: GatewaySnapshot): readonly NameRow[] {
  const { namespaces, services } = gateway;
  const showsNamespace = namespaces.length > 1;
  const rows: readonly NameRow[] = [
    ...namespaces.flatMap(({ name, error }): readonly NameRow[] =>
      error === undefined
        ? []
        : [{ type: 'namesProblem', id: `${gateway.id} problem ${name}`, namespace: name, error }],
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
  return rows.length > 0 || !isLoaded ? rows : [{ type: 'noServices', id: `${gateway.id} empty` }];
}
