/**
 * What a window runs at the first need, not when it is activated: it lies in the bundle, unread until then. Nothing else may
 * import from here but by a dynamic import.
 */
export { COMMAND_HANDLERS } from './commands/commandHandlers.ts';
export { AutoStart } from './saved/autoStart.ts';
export { provideCompletions } from './saved/completions.ts';
export { DebugSessions } from './tasks/debugSessions.ts';
export { ForwardTasks } from './tasks/forwardTasks.ts';
export { invokeTool, prepareTool } from './tools/tools.ts';
