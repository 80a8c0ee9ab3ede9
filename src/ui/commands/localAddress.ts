import * as vscode from 'vscode';
import type { ForwardSnapshot } from '../../rpc/contract.ts';
import type { GatewaySnapshot } from '../../rpc/gatewayContract.ts';
import { schemeOf } from '../present/portProtocol.ts';

/** Addresses that stand for all interfaces. A browser needs a single one. */
const EVERY_INTERFACE = new Set(['0.0.0.0', '::']);

/** The forward's address on the machine where it listens; undefined while nothing is bound. */
export function localUri(forward: ForwardSnapshot): vscode.Uri | undefined {
  if (forward.localPort === undefined) return undefined;
  const { address } = forward.specification;
  const host = EVERY_INTERFACE.has(address) ? 'localhost' : address.includes(':') ? `[${address}]` : address;
  return vscode.Uri.from({ scheme: schemeOf(forward), authority: `${host}:${forward.localPort}`, path: '/' });
}

/** The page of a gateway that lists its services; undefined while nothing is bound. */
export function gatewayUri({ localPort }: GatewaySnapshot): vscode.Uri | undefined {
  if (localPort === undefined) return undefined;
  return vscode.Uri.from({ scheme: 'http', authority: `localhost:${localPort}`, path: '/' });
}
