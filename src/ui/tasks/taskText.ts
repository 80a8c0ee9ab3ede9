import { printable } from '../../base/text.ts';

/**
 * The lines that the problem matcher in package.json reads. The text after the prefix is localized: `> kubePortForward: ` begins
 * a check, `< kubePortForward: ` ends it, and `FILE: error: ` reports a problem.
 */
export function beginLine(text: string): string {
  return `> kubePortForward: ${printable(text)}`;
}

export function endLine(text: string): string {
  return `< kubePortForward: ${printable(text)}`;
}

/** @param file absolute path of the file that shows the problem */
export function errorLine(file: string, text: string): string {
  return `${file}: error: ${printable(text)}`;
}

export function plainLine(text: string): string {
  return `  ${printable(text)}`;
}
