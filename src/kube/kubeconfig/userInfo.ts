/**
 * Removes the user name and the password from an address for messages: everything before the last `@`. Does not parse
 * the address, because a slash or a space in a password makes it an invalid URL.
 */
export function withoutUserInfo(text: string): string {
  return text.replace(/^(\s*[a-z][a-z\d+.-]*:\/\/)?.*@/is, '$1');
}
