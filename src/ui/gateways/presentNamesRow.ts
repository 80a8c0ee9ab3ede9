import { presentMessage } from '../present/clusterRows.ts';
import { presentGateway, presentNamedService, presentNamesProblem } from '../present/gatewayRows.ts';
import type { Localizer } from '../present/localizer.ts';
import type { RowPresentation } from '../present/row.ts';
import type { NamesRow } from '../saved/arrangeRows.ts';

/** The row of namespaces that are open by name, or one beneath them. */
export function presentNamesRow(l10n: Localizer, row: NamesRow): RowPresentation {
  switch (row.type) {
    case 'gateway':
      return presentGateway(l10n, row.gateway, row.context);
    case 'namedService':
      return presentNamedService(l10n, row.service, row.showsNamespace);
    case 'namesProblem':
      return presentNamesProblem(l10n, row.namespace, row.error);
    case 'noServices':
      return presentMessage(l10n.t('No services'), false);
  }
}
