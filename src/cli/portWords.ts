/** Returns whether a word can only be a port, with or without a local port: `80`, `:80`, `8080:80` or `8080:http`. */
export function isLikePort(word: string): boolean {
  return /^\d*(:.*)?$/.test(word) && word !== '';
}

/** Returns whether a word is a plain number: the local port of a forward, or a port to forward. */
export function isNumber(word: string): boolean {
  return /^\d+$/.test(word);
}
