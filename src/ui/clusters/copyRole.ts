import * as vscode from 'vscode';
import type { ErrorInfo } from '../../rpc/contract.ts';
import { roleYaml } from '../present/roleYaml.ts';

/**
 * Copies a Role with the permission that a `FORBIDDEN` error names. The user can give the Role to somebody who may
 * grant it.
 */
export async function copyRoleOf(error: ErrorInfo): Promise<void> {
  await vscode.env.clipboard.writeText(roleYaml(error) ?? '');
}
