import * as vscode from 'vscode';
import type { ErrorInfo } from '../../rpc/contract.ts';
import { roleYaml } from '../present/roleYaml.ts';

/**
 * Copies a Role with the permission that a `FORBIDDEN` error names to the clipboard. The user can send the Role to an
 * administrator, who grants the permission.
 */
export async function copyRoleOf(error: ErrorInfo): Promise<void> {
  await vscode.env.clipboard.writeText(roleYaml(error) ?? '');
}
