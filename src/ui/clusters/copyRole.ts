import * as vscode from 'vscode';
import type { ErrorInfo } from '../../rpc/contract.ts';
import { roleYaml } from '../present/roleYaml.ts';

/** Copies the role that a `FORBIDDEN` error misses, for somebody who may grant it. */
export async function copyRoleOf(error: ErrorInfo): Promise<void> {
  await vscode.env.clipboard.writeText(roleYaml(error) ?? '');
}
