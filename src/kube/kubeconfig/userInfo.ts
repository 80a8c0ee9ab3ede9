/**
 * Removes the user name and the password from an address: everything before the last `@`. Also works if the address is
 * not a valid URL, because a slash or a space in a password makes a URL invalid.
 */
export function withoutUserInfo(text: string): string {
  return text.replace(/^(\s*[a-z][a-z\d+.-]*:\/\/)?.*@/is, '$1');
}
