/**
 * What a window runs at the first need, not when it is activated. The build puts it in a chunk of its own, which only a dynamic
 * import loads: nothing else may import from here.
 */
export { COMMAND_HANDLERS } from './commands/commandHandlers.ts';
export { AutoStart } from './saved/autoStart.ts';
export { provideCompletions } from './saved/completions.ts';
export { DebugSessions } from './tasks/debugSessions.ts';
export { ForwardTasks } from './tasks/forwardTasks.ts';
export { invokeTool, prepareTool } from './tools/tools.ts';
