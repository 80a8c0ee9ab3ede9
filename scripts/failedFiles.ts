import type { TestEvent } from 'node:test/reporters';

/**
 * A test reporter that writes the path of each failed test file, one per line. The failure of a test may name a helper
 * that calls `test`, so the path comes from the summary of the file. If the process of a file ends before its summary,
 * the file itself is reported as a failed test.
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
