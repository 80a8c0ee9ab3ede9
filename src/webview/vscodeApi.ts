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
 * Returns the text from the last call of {@link writeState}, or an empty text if there was no call. VS Code keeps the
 * text while the webview is hidden.
 */
export function readState(): string {
  const state = api.getState();
  return typeof state === 'string' ? state : '';
}

export function writeState(state: string): void {
  api.setState(state);
}

/**
 * Calls the listener with each message from the window. Does not check who has sent a message, because VS Code prevents
 * other pages from sending messages to a webview.
 */
export function onWindowMessage<Message>(listener: (message: Message) => void): void {
  window.addEventListener('message', ({ data }: MessageEvent<Message>) => listener(data));
}
