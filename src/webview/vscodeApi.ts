/** VS Code's API for the scripts of a webview. May be acquired once. */
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

/** Returns the text that VS Code keeps while the webview is hidden. Empty at first. */
export function readState(): string {
  const state = api.getState();
  return typeof state === 'string' ? state : '';
}

export function writeState(state: string): void {
  api.setState(state);
}

/** Calls the listener with each message of the window. VS Code lets no other frame post to a webview's origin. */
export function onWindowMessage<Message>(listener: (message: Message) => void): void {
  window.addEventListener('message', ({ data }: MessageEvent<Message>) => listener(data));
}
