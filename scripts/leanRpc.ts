import { readFile } from 'node:fs/promises';
import type { Plugin } from 'esbuild';

/** The exports of `vscode-jsonrpc` that the window uses, each with its file in `lib/common`. */
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

/** Matches the only class of `lib/node/main.js` that is bundled. The plugin does not change this class. */
const WRITER = /^class SocketMessageWriter [\s\S]*?^}/m;

/**
 * The source of a class that replaces `LinkedMap` of `vscode-jsonrpc`. A connection uses the class as its queue of
 * messages. The class has only the methods that a connection calls.
 */
const QUEUE = `exports.LinkedMap = class extends Map {
  shift() {
    for (const [key, message] of this) {
      this.delete(key);
      return message;
    }
  }
};`;

/**
 * Matches the classes of `messages.js` for messages with a fixed number of parameters, and their exports. Neither the
 * window nor a connection uses them.
 */
const NUMBERED = /^class (\w+Type\d) [\s\S]*?^}\nexports\.\1 = \1;$/gm;

/**
 * Removes the parts of `vscode-jsonrpc` that the window does not use, such as most transports. esbuild cannot do this
 * itself, because it bundles a CommonJS module as a whole.
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
    build.onLoad({ filter: /[\\/]vscode-jsonrpc[\\/]lib[\\/]common[\\/]linkedMap\.js$/ }, () => ({
      contents: QUEUE,
    }));
    build.onLoad(
      { filter: /[\\/]vscode-jsonrpc[\\/]lib[\\/]common[\\/]messages\.js$/ },
      async ({ path }) => ({
        contents: (await readFile(path, 'utf8')).replace(NUMBERED, '').replace(/exports\.\w+Type\d = /g, ''),
      }),
    );
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
