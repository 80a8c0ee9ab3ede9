// The test that VS Code runs in its extension host (`--extensionTestsPath`).
import * as vscode from 'vscode';
import { forwardFromDemo } from './forwardFromDemo.ts';

/** Rejects where the test fails, and VS Code then ends with another status than 0. */
export async function run(): Promise<void> {
  await forwardFromDemo(vscode);
}
