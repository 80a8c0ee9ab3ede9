/**
 * Removes the name and the password before the last `@` of an address, whether the address is a valid URL or not: a
 * slash or a space in a password makes it invalid.
 */
export function withoutUserInfo(text: string): string {
  return text.replace(/^(\s*[a-z][a-z\d+.-]*:\/\/)?.*@/is, '$1');
}
