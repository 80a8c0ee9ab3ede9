import type { TestEvent } from 'node:test/reporters';

/** A reporter of Node's test runner: the path of each file that failed, a line for each. */
export async function* failedFiles(events: AsyncIterable<TestEvent>): AsyncGenerator<string> {
  const told = new Set<string>();
  for await (const { type, data } of events) {
    if (type !== 'test:fail' || data.file === undefined || told.has(data.file)) continue;
    told.add(data.file);
    yield `${data.file}\n`;
  }
}

// biome-ignore lint/style/noDefaultExport: the test runner takes a reporter from nowhere else
export { failedFiles as default };
