/**
 * The text of an address without the name and the password before its last `@`, whether it is a URL or was meant as one: a
 * password with a slash or a space in it makes it none.
 */
export function withoutUserInfo(text: string): string {
  return text.replace(/^(\s*[a-z][a-z\d+.-]*:\/\/)?.*@/is, '$1');
}
