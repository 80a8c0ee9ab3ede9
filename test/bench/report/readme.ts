import { readFileSync, writeFileSync } from 'node:fs';

const BEGIN = '<!-- benchmark: written by npm run bench -- --write-readme -->';
const END = '<!-- /benchmark -->';

/** Replaces the text between the two marks (comments) in a Markdown file. @throws Error if the file has no marks */
export function writeBetweenMarks(path: string, text: string): void {
  const readme = readFileSync(path, 'utf8');
  const [begin, end] = [readme.indexOf(BEGIN), readme.indexOf(END)];
  if (begin < 0 || end < begin) throw new Error(`${path} has no marks ${BEGIN} and ${END}`);
  const [before, after] = [readme.slice(0, begin + BEGIN.length), readme.slice(end)];
  writeFileSync(path, `${before}\n${text}\n${after}`);
}
