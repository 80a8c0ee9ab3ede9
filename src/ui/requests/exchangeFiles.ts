import * as vscode from 'vscode';
import { DisposableStore } from '../../base/disposable.ts';

/** The content of a read-only document of the request log. Times are in milliseconds since the epoch. */
export interface ExchangeFile {
  readonly content: Uint8Array;
  readonly createdAt: number;
  readonly changedAt: number;
}

/**
 * The read-only file system with the documents of the request log.
 * @throws vscode.FileSystemError from every method that would change a file
 */
export class ExchangeFiles implements vscode.FileSystemProvider, vscode.Disposable {
  readonly #read: (uri: vscode.Uri) => Promise<ExchangeFile>;
  readonly #owned = new DisposableStore();
  readonly #changed = this.#owned.add(new vscode.EventEmitter<vscode.FileChangeEvent[]>());
  readonly onDidChangeFile = this.#changed.event;

  constructor(read: (uri: vscode.Uri) => Promise<ExchangeFile>) {
    this.#read = read;
  }

  async stat(uri: vscode.Uri): Promise<vscode.FileStat> {
    const { content, createdAt, changedAt } = await this.#read(uri);
    return {
      type: vscode.FileType.File,
      ctime: createdAt,
      mtime: changedAt,
      size: content.length,
      permissions: vscode.FilePermission.Readonly,
    };
  }

  async readFile(uri: vscode.Uri): Promise<Uint8Array> {
    return (await this.#read(uri)).content;
  }

  /** Reports no changes, because VS Code reads a document again when the user opens it again. */
  watch(): vscode.Disposable {
    return new vscode.Disposable(() => {});
  }

  readDirectory(uri: vscode.Uri): never {
    throw vscode.FileSystemError.FileNotADirectory(uri);
  }

  createDirectory(uri: vscode.Uri): never {
    throw vscode.FileSystemError.NoPermissions(uri);
  }

  writeFile(uri: vscode.Uri): never {
    throw vscode.FileSystemError.NoPermissions(uri);
  }

  delete(uri: vscode.Uri): never {
    throw vscode.FileSystemError.NoPermissions(uri);
  }

  rename(uri: vscode.Uri): never {
    throw vscode.FileSystemError.NoPermissions(uri);
  }

  dispose(): void {
    this.#owned.dispose();
  }
}
