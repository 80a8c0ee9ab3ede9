/** The kinds of shells whose quoting differs. */
export type ShellKind = 'posix' | 'fish' | 'powershell' | 'cmd';

/** The kind of a shell by the path of its program. Unknown shells count as POSIX shells. */
export function shellKind(path: string): ShellKind {
  const name = /([^\\/]*?)(?:\.exe)?$/i.exec(path)?.[1]?.toLowerCase() ?? '';
  if (name.startsWith('pwsh') || name.startsWith('powershell')) return 'powershell';
  if (name === 'cmd' || name === 'fish') return name;
  return 'posix';
}
