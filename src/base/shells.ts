/** The kinds of shells whose quoting differs. */
export type ShellKind = 'posix' | 'fish' | 'powershell' | 'cmd';

/** Returns the kind of a shell, given the path of its program. Unknown shells count as POSIX shells. */
export function shellKind(path: string): ShellKind {
  const name = /([^\\/]*?)(?:\.exe)?$/i.exec(path)?.[1]?.toLowerCase() ?? '';
  if (name.startsWith('pwsh') || name.startsWith('powershell')) return 'powershell';
  if (name === 'cmd' || name === 'fish') return name;
  return 'posix';
}

/**
 * Returns shell code that sets the variables, one line for each. A person pastes the lines into a shell, or a shell
 * evaluates them.
 */
export function exportLines(
  variables: Readonly<Record<string, string>>,
  shell: ShellKind,
): readonly string[] {
  return Object.entries(variables).map(([name, value]) => exportLine(name, value, shell));
}

function exportLine(name: string, value: string, shell: ShellKind): string {
  switch (shell) {
    case 'posix':
      return `export ${name}='${value.replaceAll("'", "'\\''")}'`;
    case 'fish':
      return `set -gx ${name} '${value.replace(/[\\']/g, '\\$&')}'`;
    case 'powershell':
      return `$env:${name} = '${value.replaceAll("'", "''")}'`;
    case 'cmd':
      return `set "${name}=${value}"`;
  }
}
