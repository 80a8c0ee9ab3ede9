import { printable } from '../../base/text.ts';

/**
 * Returns the line that begins a check. The problem matcher in package.json recognizes three lines by their prefixes,
 * which are not localized: `> kubePortForward: ` begins a check, `< kubePortForward: ` ends it, and `FILE: error: `
 * reports a problem.
 */
export function beginLine(text: string): string {
  return `> kubePortForward: ${printable(text)}`;
}

export function endLine(text: string): string {
  return `< kubePortForward: ${printable(text)}`;
}

/** @param file the absolute path of `tasks.json`, where VS Code shows the problem */
export function errorLine(file: string, text: string): string {
  return `${file}: error: ${printable(text)}`;
}

export function plainLine(text: string): string {
  return `  ${printable(text)}`;
}
