import { readFile } from 'node:fs/promises';
import type { Plugin } from 'esbuild';

/** What the window uses of `vscode-jsonrpc`, and the file of `lib/common` that each is in. */
const COMMON: Readonly<Record<string, string>> = {
  AbstractMessageBuffer: 'messageBuffer',
  createMessageConnection: 'connection',
  Disposable: 'disposable',
  ErrorCodes: 'messages',
  NullLogger: 'connection',
  ReadableStreamMessageReader: 'messageReader',
  ResponseError: 'messages',
  WriteableStreamMessageWriter: 'messageWriter',
};

/** The part of `lib/node/main.js` that is taken as it is. */
const WRITER = /^class SocketMessageWriter [\s\S]*?^}/m;

/**
 * Leaves out what the window does not use of `vscode-jsonrpc`: most transports, and a getter for each export. A bundler keeps all of a
 * CommonJS module.
 */
export const LEAN_RPC: Plugin = {
  name: 'lean-rpc',
  setup(build) {
    build.onLoad({ filter: /[\\/]vscode-jsonrpc[\\/]lib[\\/]common[\\/]api\.js$/ }, () => ({
      contents: [
        `exports.RAL = require('./ral').default;`,
        ...Object.entries(COMMON).map(([name, file]) => `exports.${name} = require('./${file}').${name};`),
      ].join('\n'),
    }));
    build.onLoad({ filter: /[\\/]vscode-jsonrpc[\\/]lib[\\/]node[\\/]main\.js$/ }, async ({ path }) => ({
      contents: leanMain(await readFile(path, 'utf8')),
    }));
  },
};

function leanMain(source: string): string {
  const [writer] = WRITER.exec(source) ?? [];
  if (writer === undefined)
    throw new Error('vscode-jsonrpc has no SocketMessageWriter as this script knows it');
  return [
    `const ril_1 = require('./ril');`,
    'ril_1.default.install();',
    `const api_1 = require('../common/api');`,
    writer,
    'const createMessageConnection = (reader, writer, logger, options) =>',
    '  api_1.createMessageConnection(reader, writer, logger ?? api_1.NullLogger, options);',
    'Object.assign(exports, api_1, { SocketMessageWriter, createMessageConnection });',
  ].join('\n');
}
