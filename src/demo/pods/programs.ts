import type { Duplex } from 'node:stream';
import type { Pod } from '../objects/types.ts';

/**
 * The program in a container. The program receives every connection to the ports of the container, and owns the
 * connections.
 */
export interface Program {
  accept(connection: Duplex, pod: Pod, port: number): void;
  dispose(): void;
}

/** The program of each container image. The key is the name of the image without its tag. */
export type Images = Readonly<Record<string, Program>>;

/** Sends all bytes back to the client, and closes the connection after the client's FIN. */
export const echoProgram: Program = {
  accept(connection) {
    connection.pipe(connection);
  },
  dispose() {},
};

const GREETING = '220 greeter.demo ESMTP ready\r\n';

/** Sends a greeting before the client sends anything, as mail servers do. Then answers each line. */
export const greeterProgram: Program = {
  accept(connection) {
    connection.write(GREETING);
    onLines(connection, (line) => {
      const verb = line.split(' ', 1)[0]?.toUpperCase() ?? '';
      if (verb !== 'QUIT') return connection.write(answerMail(verb, line));
      return connection.end('221 2.0.0 bye\r\n');
    });
  },
  dispose() {},
};

/** Creates a key-value server with the inline commands PING, GET, SET, KEYS and QUIT of Redis. */
export function createDatabaseProgram(): Program {
  const stores = new Map<string, Map<string, string>>();
  return {
    accept(connection, pod) {
      const values = stores.get(pod.metadata.uid) ?? new Map<string, string>();
      stores.set(pod.metadata.uid, values);
      onLines(connection, (line) => {
        const [verb = '', ...words] = line.split(' ');
        if (verb.toUpperCase() === 'QUIT') connection.end('+OK\r\n');
        else connection.write(`${answerDatabase(values, verb.toUpperCase(), words)}\r\n`);
      });
    },
    dispose() {
      stores.clear();
    },
  };
}

const MAX_LINE_CHARACTERS = 64 * 1024;
const MAX_KEYS = 10_000;

function onLines(connection: Duplex, onLine: (line: string) => void): void {
  let rest = '';
  connection.on('data', (chunk: Buffer) => {
    const lines = (rest + chunk.toString('latin1')).split(/\r?\n/);
    rest = lines.pop() ?? '';
    for (const line of lines) {
      if (connection.writable) onLine(line);
    }
    if (rest.length > MAX_LINE_CHARACTERS) connection.destroy();
  });
  connection.on('end', () => connection.end());
  connection.on('error', () => connection.destroy());
}

function answerMail(verb: string, line: string): string {
  switch (verb) {
    case 'EHLO':
    case 'HELO':
      return `250 greeter.demo greets ${line.slice(verb.length + 1)}\r\n`;
    case 'NOOP':
      return '250 2.0.0 OK\r\n';
    default:
      return '502 5.5.2 command not recognized\r\n';
  }
}

function answerDatabase(values: Map<string, string>, verb: string, words: readonly string[]): string {
  const [key = '', ...value] = words;
  switch (verb) {
    case 'PING':
      return '+PONG';
    case 'SET':
      if (values.size >= MAX_KEYS && !values.has(key)) return '-ERR too many keys';
      values.set(key, value.join(' '));
      return '+OK';
    case 'GET': {
      const found = values.get(key);
      return found === undefined ? '$-1' : `$${found.length}\r\n${found}`;
    }
    case 'KEYS':
      return [`*${values.size}`, ...[...values.keys()].map((each) => `$${each.length}\r\n${each}`)].join(
        '\r\n',
      );
    default:
      return `-ERR unknown command '${verb}'`;
  }
}
