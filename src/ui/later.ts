/**
 * Code that a window loads on first use, not at activation. The build puts this code in a separate chunk. Import this
 * file only with a dynamic import: a static import would load the chunk at activation.
 */
export { runCommand } from './commands/runCommand.ts';
export { readExchangeFile } from './requests/readExchangeFile.ts';
export { showRequests } from './requests/requestsView.ts';
export { showTraffic } from './requests/trafficView.ts';
export { AutoStart } from './saved/autoStart.ts';
export { provideCompletions } from './saved/completions.ts';
export { DebugSessions } from './tasks/debugSessions.ts';
export { withEnvFile } from './tasks/envFileTask.ts';
export { ForwardTasks } from './tasks/forwardTasks.ts';
export { namespaceTerminal } from './terminals/namespaceTerminal.ts';
export { invokeTool, prepareTool } from './tools/tools.ts';
