/** The bytes of a connection, counted as they pass. */
export interface Traffic {
  bytesSent: number;
  bytesReceived: number;
}
