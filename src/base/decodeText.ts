/**
 * Decodes text as UTF-16 if it starts with a byte order mark for UTF-16, and otherwise as UTF-8, as YAML 1.2, section
 * 5.2, requires. Kubeconfigs can be UTF-16, because Windows PowerShell writes redirected output (`> config`) as UTF-16.
 */
export function decodeText(bytes: Uint8Array): string {
  const startsWith = (first: number, second: number) => bytes[0] === first && bytes[1] === second;
  if (startsWith(0xff, 0xfe)) return new TextDecoder('utf-16le').decode(bytes);
  if (startsWith(0xfe, 0xff)) return new TextDecoder('utf-16be').decode(bytes);
  return new TextDecoder().decode(bytes);
}
