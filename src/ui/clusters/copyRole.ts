import * as vscode from 'vscode';
import type { ErrorInfo } from '../../rpc/messages.ts';
import { roleYaml } from '../present/roleYaml.ts';

/**
 * Copies the manifest of a role to the clipboard. The role grants the permission whose absence caused the error (see
 * {@link roleYaml}). The user can send the manifest to an administrator, who creates the role.
 */
export async function copyRoleOf(error: ErrorInfo): Promise<void> {
  await vscode.env.clipboard.writeText(roleYaml(error) ?? '');
}
