/**
 * Removes the user name and the password from an address for messages: everything between the scheme and the last `@`.
 * Searches the text instead of parsing a URL, because a slash or a space in a password makes the URL invalid.
 */
export function withoutUserInfo(text: string): string {
  return text.replace(/^(\s*[a-z][a-z\d+.-]*:\/\/)?.*@/is, '$1');
}
