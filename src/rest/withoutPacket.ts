/** Node's HTTP parser keeps what it could not read in its error. Where that is an echo, our credentials are in it. */
export function withoutPacket<T>(error: T): T {
  if (error instanceof Error && 'rawPacket' in error) delete error.rawPacket;
  return error;
}
