import type { GatewaySnapshot } from '../../rpc/gatewayContract.ts';
import { Holds } from '../forwards/holds.ts';
import type { GatewaysModel, NamespacesToOpen } from './gatewaysModel.ts';

/** Namespaces that tasks and tools have opened by name. */
export class HeldGateways extends Holds<NamespacesToOpen, GatewaySnapshot> {
  constructor(model: GatewaysModel) {
    super(model, () => model.gateways);
  }
}
