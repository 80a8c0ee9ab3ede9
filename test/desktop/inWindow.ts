// The test that VS Code runs in its extension host (`--extensionTestsPath`).
import * as vscode from 'vscode';
import { forwardFromDemo } from './forwardFromDemo.ts';

/** Rejects if the test fails, which makes VS Code exit with a status other than 0. */
export async function run(): Promise<void> {
  await forwardFromDemo(vscode);
}
