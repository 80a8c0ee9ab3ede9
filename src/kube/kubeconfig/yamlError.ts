/** A fault of a YAML text, with its line. Contains nothing of the text, which may hold credentials. */
export class YamlError extends Error {
  /** Counted from 1. */
  readonly line: number;

  constructor(reason: string, line: number) {
    super(reason);
    this.name = 'YamlError';
    this.line = line;
  }

  /** @param offset in the text, in UTF-16 code units */
  static at(reason: string, source: string, offset: number): YamlError {
    return new YamlError(reason, source.slice(0, Math.max(offset, 0)).split(/\r\n|\n|\r/).length);
  }
}
