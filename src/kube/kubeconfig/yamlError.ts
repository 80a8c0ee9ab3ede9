/**
 * A fault of a YAML text, with its line. The message quotes nothing of the text, because the text may contain
 * credentials.
 */
export class YamlError extends Error {
  /** The line number, counted from 1. */
  readonly line: number;

  constructor(reason: string, line: number) {
    super(reason);
    this.name = 'YamlError';
    this.line = line;
  }

  /**
   * Creates the error for a position in the text.
   * @param offset the position in `source`, in UTF-16 code units
   */
  static at(reason: string, source: string, offset: number): YamlError {
    return new YamlError(reason, source.slice(0, Math.max(offset, 0)).split(/\r\n|\n|\r/).length);
  }
}
