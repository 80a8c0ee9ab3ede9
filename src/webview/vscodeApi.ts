/**
 * The API of VS Code for the scripts of a webview. A webview may call `acquireVsCodeApi` only once, so only this file
 * calls it.
 */
interface VsCodeApi {
  postMessage(message: unknown): void;
  getState(): unknown;
  setState(state: unknown): void;
}

declare function acquireVsCodeApi(): VsCodeApi;

const api = acquireVsCodeApi();

export function postToWindow<Message>(message: Message): void {
  api.postMessage(message);
}

/**
 * Returns the text from the last {@link writeState}. VS Code keeps the text while the webview is hidden. Empty at
 * first.
 */
export function readState(): string {
  const state = api.getState();
  return typeof state === 'string' ? state : '';
}

export function writeState(state: string): void {
  api.setState(state);
}

/**
 * Calls the function with each message from the window. The origin of the messages is not checked, because VS Code
 * prevents other frames from posting messages to a webview.
 */
export function onWindowMessage<Message>(listener: (message: Message) => void): void {
  window.addEventListener('message', ({ data }: MessageEvent<Message>) => listener(data));
}
