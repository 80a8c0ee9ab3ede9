import type { TestEvent } from 'node:test/reporters';

/**
 * Reports the path of each test file that failed, one on each line. The failure of a test names the file that calls `test`, which
 * may be a helper; the summary of a file names the file itself. A file whose process ends before its summary fails as a test.
 */
export async function* failedFiles(events: AsyncIterable<TestEvent>): AsyncGenerator<string> {
  const told = new Set<string>();
  for await (const event of events) {
    const file = failedFile(event);
    if (file === undefined || told.has(file)) continue;
    told.add(file);
    yield `${file}\n`;
  }
}

function failedFile({ type, data }: TestEvent): string | undefined {
  if (type === 'test:summary') return data.success ? undefined : data.file;
  return type === 'test:fail' && data.file?.endsWith('.test.ts') ? data.file : undefined;
}

// biome-ignore lint/style/noDefaultExport: the test runner takes a reporter from nowhere else
export { failedFiles as default };
