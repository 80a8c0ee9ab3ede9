import type { TestEvent } from 'node:test/reporters';

/**
 * A test reporter that writes the path of each failed test file, one per line. The path comes from the summary of the
 * test file, because the event of a failed test may contain the path of a helper that has called `test`. If the process
 * of a test file ends before its summary, the test runner reports the test file itself as a failed test.
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

// biome-ignore lint/style/noDefaultExport: the test runner requires that a reporter is the default export
export { failedFiles as default };
