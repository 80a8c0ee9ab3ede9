// VS Code runs this test in its extension host, because the option `--extensionTestsPath` names this file.
import * as vscode from 'vscode';
import { forwardFromDemo } from './forwardFromDemo.ts';

/** Runs the test. If the promise rejects, VS Code exits with a status other than 0. */
export async function run(): Promise<void> {
  await forwardFromDemo(vscode);
}
