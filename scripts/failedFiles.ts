import type { TestEvent } from 'node:test/reporters';

/** Reports the path of each failed file of Node's test runner, one on each line. */
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
