import * as vscode from 'vscode';
import { type Disposable, DisposableStore } from '../../base/disposable.ts';
import { TOOLS } from '../../contributions.ts';
import type { ToolServices } from './tools.ts';

/** Registers the tools of chat agents. Their code is loaded when a tool is first called. */
export function registerTools(services: ToolServices): Disposable {
  const owned = new DisposableStore();
  for (const name of Object.values(TOOLS)) {
    owned.add(
      vscode.lm.registerTool<object>(name, {
        prepareInvocation: async ({ input }) => {
          const { prepareTool } = await import('../later.ts');
          return prepareTool(services, name, input);
        },
        invoke: async ({ input }, token) => {
          const { invokeTool } = await import('../later.ts');
          return invokeTool(services, name, input, token);
        },
      }),
    );
  }
  return owned;
}
